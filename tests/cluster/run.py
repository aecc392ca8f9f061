#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""
Cases of the store, and of daemons that share one, with real Redis servers, Sentinels and clusters. Prints `case NAME:
passed` or `failed` for each. Several run at a time, each in a network namespace of its own.
"""

import sys

# The tree stays as it was checked out.
sys.dont_write_bytecode = True

import argparse
import fnmatch
import importlib
import os
import pkgutil
import shutil
import signal

HERE = os.path.dirname(os.path.abspath(__file__))
# The daemon as a process, and a peer for it, are those of the shard suite; runner, wait and strongSwan the interop suite's.
sys.path += [os.path.join(HERE, "..", "shard"), os.path.join(HERE, "..", "interop")]
sys.path.insert(0, HERE)

import cases
import strongswan
from crew import Crew
from lab import CASES, Lab
from runner import run_case

# Most of a case's time is waiting for leases and elections.
JOBS = 2 * (os.cpu_count() or 1)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", metavar="DIR", required=True, help="where CMake built the tree")
    parser.add_argument("--jobs", metavar="N", type=int, default=JOBS, help=f"cases at a time (default: {JOBS})")
    parser.add_argument("--list", action="store_true", help="print the names of the cases")
    parser.add_argument("cases", nargs="*", metavar="CASE", help="name or pattern; all if there is none")
    return parser.parse_args()


def select(patterns):
    chosen = [name for name in CASES if not patterns or any(fnmatch.fnmatch(name, each) for each in patterns)]
    if not chosen:
        sys.exit("no case matches; --list names them")
    return chosen


def obstacle():
    """Why no case can run here, or None."""
    if os.geteuid():
        return "needs root for network namespaces"
    programs = "redis-server redis-sentinel redis-cli setpriv ip nft keepalived bird freeradius radclient"
    for program in programs.split():
        if not shutil.which(program):
            return f"needs {program}"
    return strongswan.missing()


def main():
    # So that `finally` runs: servers must not outlive this program.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    for module in pkgutil.iter_modules(cases.__path__):
        importlib.import_module(f"cases.{module.name}")
    arguments = parse_arguments()
    chosen = select(arguments.cases)
    if arguments.list:
        print("\n".join(chosen))
        return 0
    reason = obstacle()
    if reason:
        for name in chosen:
            print(f"case {name}: skipped {reason}")
        return 0
    build = os.path.abspath(arguments.build)
    crew = Crew(arguments.jobs)
    for name in chosen:
        crew.begin(lambda name=name: run_case(name, CASES[name], lambda directory: Lab(build, directory)))
    return 0 if crew.end() else 1


if __name__ == "__main__":
    sys.exit(main())
