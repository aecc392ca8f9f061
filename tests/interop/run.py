#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Interop cases: ikehubd against strongSwan in two network namespaces. README.md tells more."""

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
import tempfile
import traceback
from functools import partial

import cases
import headend
import ikehub
import scenarios
import strongswan
from case import CASES
from lab import Lab
from netns import OURS, Network
from wait import Failed

TAIL_LINES = 25

# The modules of each suite; what they borrow from each other registers cases of the other one.
SUITES = {"interop": cases, "headend": headend}
HEADEND = "headend/"


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    flag = partial(parser.add_argument, action="store_true")
    parser.add_argument("--build", metavar="DIR", help="where CMake built ikehubd")
    parser.add_argument(
        "--crypto",
        choices=ikehub.CRYPTO,
        default="auto",
        help="what ikehubd does Diffie-Hellman of MODP groups with; vector: not without the vector unit",
    )
    flag("--self", dest="alone", help="strongSwan in place of ikehubd: proves the cases themselves")
    flag("--list", help="print the names of the cases")
    parser.add_argument(
        "--suite", choices=SUITES, default="interop", help="which cases (default: interop)"
    )
    flag("--scenarios", help="print which of strongSwan's scenarios are which cases")
    flag("--keep", help="leave configurations and logs, and say where")
    parser.add_argument("cases", nargs="*", metavar="CASE", help="name, its beginning, or pattern")
    arguments = parser.parse_args()
    if arguments.list or arguments.scenarios or arguments.alone:
        return arguments
    if not arguments.build:
        parser.error("--build DIR is needed")
    if not os.access(ikehub.binary(arguments.build), os.X_OK):
        parser.error(f"there is no {ikehub.binary(arguments.build)}")
    return arguments


def cases_of(suite):
    return {
        name: case
        for name, case in CASES.items()
        if name.startswith(HEADEND) == (suite == "headend")
    }


def select(suite, patterns):
    """Cases whose name, or its beginning up to a slash, matches one of `patterns`; or all."""
    known = cases_of(suite)
    if not patterns:
        return list(known.values())
    chosen = {}
    for pattern in patterns:
        found = fnmatch.filter(known, pattern) + fnmatch.filter(known, f"{pattern}/*")
        if not found:
            sys.exit(f"no case matches {pattern!r}; --list names them")
        chosen.update({name: known[name] for name in found})
    return list(chosen.values())


PROGRAMS = {
    "interop": ("ip", "setpriv", "ike-scan", "tcpdump", "tshark", "nft", "openssl", "vpnc"),
    "headend": ("ip", "setpriv", "openssl", "vpnc", "freeradius", "radclient"),
}


def missing(suite):
    """What has to be installed before a case can run, or None."""
    for program in PROGRAMS[suite]:
        if not shutil.which(program):
            return f"needs {program}"
    return strongswan.missing()


def print_failure(label, reason, lab):
    print(f"case {label}: failed")
    for line in str(reason).splitlines():
        print(f"    {line}")
    for gateway in (lab.ours, lab.peer):
        print(f"    --- end of {gateway.log.path}")
        for line in gateway.tail(TAIL_LINES):
            print(f"    {line}")
    sys.stdout.flush()


def run_case(case, label, directory, make):
    """Run one case and print its verdict; returns whether it passed."""
    lab = Lab(directory, make)
    try:
        case.run(lab)
        lab.close()
    except Failed as failure:
        print_failure(label, failure, lab)
        return False
    except Exception:
        print_failure(label, traceback.format_exc(), lab)
        return False
    finally:
        lab.abandon()
    print(f"case {label}: passed", flush=True)
    return True


def gateway_maker(arguments, network, directory):
    """The function by which a Lab builds its gateways."""
    recorder = strongswan.build_recorder(directory)

    def make(side, side_directory):
        if side == OURS and not arguments.alone:
            return ikehub.IkeHub(
                network[side], side_directory, side, arguments.build, arguments.crypto
            )
        vici = os.path.join(directory, f"{side}.vici")
        return strongswan.StrongSwan(network[side], side_directory, side, recorder, vici)

    return make


def run_all(chosen, arguments, directory):
    failed = 0
    with Network() as network:
        make = gateway_maker(arguments, network, directory)
        for case in chosen:
            # Told apart from the same case in another run.
            label = case.name if arguments.crypto == "auto" else f"{arguments.crypto}/{case.name}"
            folder = os.path.join(directory, case.name.replace("/", "."))
            passed = run_case(case, label, folder, make)
            failed += not passed
    return failed


def print_scenarios():
    """Of both suites; returns the exit status."""
    load(*SUITES.values())
    lacking = scenarios.missing(CASES)
    for name, case in scenarios.SCENARIOS.items():
        print(f"{name:34} {'' if name in lacking else case}")
    print(f"{len(scenarios.SCENARIOS) - len(lacking)} scenarios, {len(lacking)} without a case")
    return 1 if lacking else 0


def load(*packages):
    for package in packages:
        for module in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"{package.__name__}.{module.name}")


def main():
    # So that `finally` runs: namespaces and daemons must not outlive this program.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    arguments = parse_arguments()
    if arguments.scenarios:
        return print_scenarios()
    load(SUITES[arguments.suite])
    chosen = select(arguments.suite, arguments.cases)
    if arguments.list:
        print("\n".join(case.name for case in chosen))
        return 0
    if os.geteuid():
        for case in chosen:
            print(f"case {case.name}: skipped needs root for network namespaces")
        return 0
    reason = missing(arguments.suite)
    if reason:
        sys.exit(reason)
    directory = tempfile.mkdtemp(prefix="interop-")
    try:
        return 1 if run_all(chosen, arguments, directory) else 0
    finally:
        if arguments.keep:
            print(f"kept {directory}")
        else:
            shutil.rmtree(directory)


if __name__ == "__main__":
    sys.exit(main())
