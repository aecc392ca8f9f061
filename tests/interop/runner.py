# SPDX-License-Identifier: BSD-2-Clause
"""Runs a case in a directory of its own and says how it went, for the suites that start processes."""

import shutil
import sys
import tempfile
import traceback

from wait import Failed, Skipped


def _tell_failure(name, reason, logs):
    print(f"case {name}: failed")
    print("\n".join(f"    {line}" for line in str(reason).splitlines()))
    for log, lines in logs:
        print(f"    --- end of the log of {log}")
        print("\n".join(f"    {line}" for line in lines))
    sys.stdout.flush()


def run_case(name, case, make):
    """
    Run one case with what `make` makes in a new directory, which has logs() and end(). Returns whether it did not fail.
    """
    directory = tempfile.mkdtemp(prefix="ikehub-")
    setting = make(directory)
    try:
        case(setting)
    except Skipped as reason:
        print(f"case {name}: skipped {reason}", flush=True)
        return True
    except Failed as failure:
        _tell_failure(name, failure, setting.logs())
        return False
    except Exception:
        _tell_failure(name, traceback.format_exc(), setting.logs())
        return False
    finally:
        setting.end()
        shutil.rmtree(directory)
    print(f"case {name}: passed", flush=True)
    return True
