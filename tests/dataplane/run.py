#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""
Data-plane cases: packets through the kernel's ESP between ikehubd and strongSwan, in a virtual machine, because the kernel
of this machine may lack ESP. README.md tells more.
"""

import argparse
import os
import sys
import tempfile

sys.dont_write_bytecode = True

from vm import CannotBoot, Machine

HERE = os.path.dirname(os.path.abspath(__file__))

# All of it under emulation; a machine that hangs ends, and so does one that is far too slow.
SECONDS = 1200


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", metavar="DIR", required=True, help="where CMake built ikehubd")
    parser.add_argument("--keep", metavar="DIR", required=True, help="where the kernel is kept from one run to the next")
    parser.add_argument("cases", nargs="*", metavar="CASE", help="names; none: all")
    return parser.parse_args()


def run_guest(machine, arguments, out):
    """Prints what the machine printed; returns whether it came to its end."""
    command = ["python3", os.path.join(HERE, "guest.py"), os.path.abspath(arguments.build), *arguments.cases]
    console = os.path.join(out, "console")
    ended = False
    try:
        ended = machine.run(command, out, SECONDS) == 0
    except CannotBoot as reason:
        print(f"case dataplane: {'failed' if os.path.exists(console) else 'skipped'} {reason}")
        ended = not os.path.exists(console)
    if os.path.exists(console):
        with open(console, errors="replace") as file:
            print(file.read(), end="")
    return ended


def main():
    arguments = parse_arguments()
    try:
        machine = Machine(arguments.keep)
    except CannotBoot as reason:
        print(f"case dataplane: skipped {reason}")
        return 0
    with tempfile.TemporaryDirectory(prefix="dataplane-") as out:
        return 0 if run_guest(machine, arguments, out) else 1


if __name__ == "__main__":
    sys.exit(main())
