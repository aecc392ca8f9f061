#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Says where the table of reasons in the library's manual is not that of core/x4/ike/reasons.h: names in their order,
classes, notify message types. What the manual says in its last column is for people to keep right."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
REASON = re.compile(r"^\s*X\((\w+), (drop|notify|dispose|end), (\d+), ", re.M)
ROW = re.compile(r"^\| `(\w+)` \| (drop|notify|dispose|end) \| (?:(\d+) )?\| \S", re.M)


def main():
    header = REASON.findall((ROOT / "core/x4/ike/reasons.h").read_text())
    pages = [ROOT / "docs/manual.md", *sorted((ROOT / "docs/manual").glob("*.md"))]
    rows = [row for page in pages for row in ROW.findall(page.read_text())]
    reasons = [(name, kind, "" if notify == "0" else notify) for name, kind, notify in header]
    for wanted in reasons:
        if wanted not in rows:
            print("reasons.h has, and the manual does not:", *wanted)
    for row in rows:
        if row not in reasons:
            print("the manual has, and reasons.h does not:", *row)
    if sorted(rows) == sorted(reasons) and rows != reasons:
        print("the manual has the reasons in another order than reasons.h")
    return 1 if rows != reasons or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
