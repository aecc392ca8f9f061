#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Cases of ikehubd as a process, over loopback. Prints `case NAME: passed` or `failed` for each."""

import sys

# The tree stays as it was checked out.
sys.dont_write_bytecode = True

import argparse
import os
import shutil
import signal
import tempfile
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
# logfmt and wait are shared with the interop cases.
sys.path.append(os.path.join(HERE, "..", "interop"))

import control_cases  # noqa: F401 - registers its cases
import reload_cases  # noqa: F401 - likewise
import store_cases  # noqa: F401
from cases import CASES
from pair import Pair
from wait import Failed


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--daemon", metavar="FILE", required=True, help="ikehubd")
    parser.add_argument("--ctl", metavar="FILE", required=True, help="ikehubctl")
    parser.add_argument("cases", nargs="*", metavar="CASE", help="some cases; all if there is none")
    arguments = parser.parse_args()
    unknown = set(arguments.cases) - set(CASES)
    if unknown:
        parser.error(f"no such case: {', '.join(sorted(unknown))}")
    return arguments


def print_failure(name, reason, pair):
    print(f"case {name}: failed")
    print("\n".join(f"    {line}" for line in str(reason).splitlines()))
    for daemon in (pair.hub, pair.spoke):
        print(f"    --- end of the log of {daemon.name}")
        print("\n".join(f"    {line}" for line in daemon.tail()))
    sys.stdout.flush()


def run_case(name, binary, ctl):
    """Run one case; returns whether it passed."""
    directory = tempfile.mkdtemp(prefix="ikehubd-")
    pair = Pair(binary, ctl, directory)
    try:
        CASES[name](pair)
    except Failed as failure:
        print_failure(name, failure, pair)
        return False
    except Exception:
        print_failure(name, traceback.format_exc(), pair)
        return False
    finally:
        pair.kill()
        shutil.rmtree(directory)
    print(f"case {name}: passed", flush=True)
    return True


def main():
    # So that `finally` runs: daemons must not outlive this program.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    arguments = parse_arguments()
    binaries = os.path.abspath(arguments.daemon), os.path.abspath(arguments.ctl)
    results = [run_case(name, *binaries) for name in arguments.cases or CASES]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
