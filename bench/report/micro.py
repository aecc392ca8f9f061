#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What Google Benchmark wrote as JSON, as a table: a line for each case with median, least and most.

    micro.py FILE...

Nanoseconds of CPU time for one item of the case. Cases that this machine has not got are left out.
"""

import json
import math
import re
import statistics
import sys


def times(report):
    """Case -> nanoseconds for an item, one of each repetition."""
    cases = {}
    for run in report["benchmarks"]:
        if run.get("run_type") == "iteration" and not run.get("error_occurred"):
            cases.setdefault(run["run_name"], []).append(run["item"] * 1e9)
    return cases


def plain(value):
    """Four digits that count, and no exponent."""
    digits = 3 - math.floor(math.log10(value)) if value else 0
    return "{:.{}f}".format(value, max(digits, 0))


def line(name, values):
    return " ".join([name] + [plain(of(values)) for of in (statistics.median, min, max)])


def natural(name):
    """Sorts numbers in names by their value."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", name)]


def main(paths):
    cases = {}
    for path in paths:
        with open(path, encoding="utf-8") as file:
            cases.update(times(json.load(file)))
    for name in sorted(cases, key=natural):
        print(line(name, cases[name]))


if __name__ == "__main__":
    main(sys.argv[1:])
