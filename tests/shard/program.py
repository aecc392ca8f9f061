# SPDX-License-Identifier: BSD-2-Clause
"""A program of cases that work with daemons over loopback: its command line, and how it runs them."""

import argparse
import os
import signal
import sys

from registry import CASES
from runner import run_case


def parse_arguments(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--daemon", metavar="FILE", required=True, help="ikehubd")
    parser.add_argument("--ctl", metavar="FILE", required=True, help="ikehubctl")
    parser.add_argument("cases", nargs="*", metavar="CASE", help="some cases; all if there is none")
    arguments = parser.parse_args()
    unknown = set(arguments.cases) - set(CASES)
    if unknown:
        parser.error(f"no such case: {', '.join(sorted(unknown))}")
    return arguments


def run(description, make):
    """
    Runs the cases that were registered. `make(daemon, ctl, directory)` makes what a case works in. Returns the exit status.
    """
    # So that `finally` runs: daemons must not outlive this program.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    # A shell has what it runs in the background ignore it, and so would programs that are to end by it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    arguments = parse_arguments(description)
    binaries = os.path.abspath(arguments.daemon), os.path.abspath(arguments.ctl)
    results = [
        run_case(name, CASES[name], lambda directory: make(*binaries, directory)) for name in arguments.cases or CASES
    ]
    return 0 if all(results) else 1
