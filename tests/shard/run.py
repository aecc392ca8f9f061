#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Cases of ikehubd as a process, over loopback. Prints `case NAME: passed` or `failed` for each."""

import sys

# The tree stays as it was checked out.
sys.dont_write_bytecode = True

import os

# logfmt, runner and wait are shared with the interop cases.
sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "interop"))

import cases  # noqa: F401 - registers its cases
import control_cases  # noqa: F401 - likewise
import log_cases  # noqa: F401
import notify_cases  # noqa: F401
import privilege_cases  # noqa: F401
import program
import reload_cases  # noqa: F401
import store_cases  # noqa: F401
from pair import Pair

if __name__ == "__main__":
    sys.exit(program.run(__doc__, Pair))
