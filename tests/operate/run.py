#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Cases of operating ikehubd with the tools of others. Prints `case NAME: passed` or `failed` for each."""

import sys

# The tree stays as it was checked out.
sys.dont_write_bytecode = True

import os

HERE = os.path.dirname(os.path.abspath(__file__))
# The daemon and its pairs are the shard cases', and logfmt, runner, wait and authority the interop cases'.
sys.path[1:1] = [os.path.join(HERE, "..", folder) for folder in ("shard", "interop")]

import ctl_cases  # noqa: F401 - registers its cases
import fault_cases  # noqa: F401 - likewise
import key_cases  # noqa: F401
import load_cases  # noqa: F401
import metrics_cases  # noqa: F401 - likewise
import page_cases  # noqa: F401
import program
import swanctl_cases  # noqa: F401
import symptom_cases  # noqa: F401
import vici_cases  # noqa: F401
from pair import Pair
from swanctl import Swanctl


def make(daemon, ctl, directory):
    """A pair, and what its hub is operated with."""
    pair = Pair(daemon, ctl, directory)
    pair.directory = directory
    pair.swanctl = Swanctl(directory, pair.hub.socket)
    return pair


if __name__ == "__main__":
    sys.exit(program.run(__doc__, make))
