#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Cases of ikehubd as a process, over loopback. Prints `case NAME: passed` or `failed` for each."""

import sys

# The tree stays as it was checked out.
sys.dont_write_bytecode = True

import argparse
import os
import signal

HERE = os.path.dirname(os.path.abspath(__file__))
# logfmt, runner and wait are shared with the interop cases.
sys.path.append(os.path.join(HERE, "..", "interop"))

import control_cases  # noqa: F401 - registers its cases
import log_cases  # noqa: F401 - likewise
import notify_cases  # noqa: F401
import reload_cases  # noqa: F401 - likewise
import store_cases  # noqa: F401
from cases import CASES
from pair import Pair
from runner import run_case


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


def main():
    # So that `finally` runs: daemons must not outlive this program.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    arguments = parse_arguments()
    binaries = os.path.abspath(arguments.daemon), os.path.abspath(arguments.ctl)
    results = [
        run_case(name, CASES[name], lambda directory: Pair(*binaries, directory))
        for name in arguments.cases or CASES
    ]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
