#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""
Runs xfrm_cost in the virtual machine of tests/dataplane, because the kernel of this machine may lack ESP, and prints what
it printed. The machine counts an instruction as a nanosecond, whatever else runs here.
"""

import argparse
import os
import sys
import tempfile

sys.dont_write_bytecode = True

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "tests", "dataplane"))

from vm import CannotBoot, Machine


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True, help="xfrm_cost")
    parser.add_argument("--keep", metavar="DIR", required=True, help="where the kernel is kept from one run to the next")
    parser.add_argument("--seconds", type=int, default=900, help="when it is too slow")
    parser.add_argument("tunnels", type=int)
    arguments = parser.parse_args()
    command = ["bash", os.path.join(HERE, "guest.sh"), os.path.abspath(arguments.program), str(arguments.tunnels)]
    try:
        with tempfile.TemporaryDirectory(prefix="xfrm-") as out:
            status = Machine(arguments.keep).run(command, out, arguments.seconds, memory_mb=2048, counted=True)
            with open(os.path.join(out, "console")) as console:
                print(console.read(), end="")
            return status
    except CannotBoot as reason:
        print(reason, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
