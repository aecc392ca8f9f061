#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes the page of results.

    write.py ROWS FOLDER       out of ROWS/*.csv: FOLDER/RESULTS.md and FOLDER/plots/*.svg

FOLDER/reasons.txt says why bounds are missed that may be: a line `SUITE BOUND: why` for each, `#` begins a remark.
"""

import glob
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))

from bench.report import page, rows  # noqa: E402: found by the line before


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def read_reasons(path):
    if not os.path.exists(path):
        return {}
    with open(path, encoding="utf-8") as file:
        lines = [line.strip() for line in file if line.strip() and not line.startswith("#")]
    return {name: why.strip() for name, why in (line.split(":", 1) for line in lines)}


def main(source, folder):
    found = rows.read(source)
    if not len(found):
        sys.exit("write.py: no rows in {}".format(source))
    text, plots = page.page(found, read_reasons(os.path.join(folder, "reasons.txt")))
    os.makedirs(os.path.join(folder, "plots"), exist_ok=True)
    for path in glob.glob(os.path.join(folder, "plots", "*.svg")):
        os.remove(path)
    for name, svg in plots.items():
        write(os.path.join(folder, "plots", name + ".svg"), svg)
    write(os.path.join(folder, "RESULTS.md"), text)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
