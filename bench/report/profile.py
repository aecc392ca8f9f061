#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Which functions take a run's instructions, out of callgrind's output.

    profile.py PROGRAM TIMES FILE

Prints `part PART INSTRUCTIONS` for our own code, OpenSSL's and the C library's, and `own FUNCTION INSTRUCTIONS` for those of
our functions that take most themselves; OpenSSL's have no names in Debian's package. Counts are those of one run, of which
there were TIMES.
"""

import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))

from bench.report import callgrind  # noqa: E402: found by the line before

MOST = 15


def functions(found, program):
    """Our functions that take most. The compiler's clones of one are one; recursion has a mark."""
    counts = {}
    for (path, name), count in found.items():
        if callgrind.part_of(path, program) == "own" and not name.startswith("micro_"):
            name = re.sub(r"('\d+|\.(isra|part|constprop|cold)\.\d+)+$", "", name)
            counts[name] = counts.get(name, 0) + count
    return sorted(counts.items(), key=lambda item: -item[1])[:MOST]


def profile(lines, program, times):
    found = callgrind.costs(lines)
    for part, count in callgrind.by_part(found, program).items():
        yield "part", part, round(count / times)
    for name, count in functions(found, program):
        yield "own", re.sub(r"[\s,\"=]", "_", name), round(count / times)


def main(program, times, path):
    with open(path, encoding="utf-8") as file:
        for line in profile(file, os.path.realpath(program), int(times)):
            print(*line)


if __name__ == "__main__":
    main(*sys.argv[1:])
