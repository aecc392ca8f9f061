#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Cases of operating ikehubd with the tools of others. Prints `case NAME: passed` or `failed` for each."""

import sys

# The tree stays as it was checked out.
sys.dont_write_bytecode = True

import argparse
import os
import signal

HERE = os.path.dirname(os.path.abspath(__file__))
# The daemon and its pairs are the shard cases', and logfmt, runner, wait and authority the interop cases'.
sys.path[1:1] = [os.path.join(HERE, "..", folder) for folder in ("shard", "interop")]

import ctl_cases  # noqa: F401 - registers its cases
import load_cases  # noqa: F401 - likewise
import swanctl_cases  # noqa: F401 - likewise
import vici_cases  # noqa: F401
from pair import Pair
from registry import CASES
from runner import run_case
from swanctl import Swanctl


def make(binaries, directory):
    """A pair, and what its hub is operated with."""
    pair = Pair(*binaries, directory)
    pair.directory = directory
    pair.swanctl = Swanctl(directory, pair.hub.socket)
    return pair


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
        run_case(name, CASES[name], lambda directory: make(binaries, directory)) for name in arguments.cases or CASES
    ]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
