#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The table of docs/metrics.md, made of what a daemon tells: `curl -s http://127.0.0.1:9640/metrics | docs/metrics.py`
prints it, and with --write puts it into the page."""

import re
import sys
from pathlib import Path

PAGE = Path(__file__).resolve().parent / "metrics.md"
BEGIN, END = "<!-- begin of the table -->\n", "<!-- end of the table -->\n"
HELP = re.compile(r"^# HELP (\S+) (.*)\n# TYPE \S+ (\S+)$", re.M)
SERIES = re.compile(r"^([a-z0-9_]+?)(?:_bucket|_sum|_count)?\{([^}]*)\}", re.M)
LABEL = re.compile(r'(\w+)="')

# Series of these are there when there is something to tell.
SPARSE = {
    "ikehub_phase1_ended_total": ["reason"],
    "ikehub_phase2_ended_total": ["reason"],
    "ikehub_messages_refused_total": ["shard", "reason"],
    "ikehub_pool_addresses": ["pool"],
    "ikehub_pool_leased": ["pool"],
    "ikehub_radius_results_total": ["result"],
    "ikehub_radius_dropped_total": ["reason"],
    "ikehub_estate_served": ["estate"],
    "ikehub_certificate_expiry_timestamp_seconds": ["subject", "fingerprint", "kind"],
}


def labels_of(text):
    """The labels of each metric, in their order."""
    labels = {name: list(each) for name, each in SPARSE.items()}
    for name, pairs in SERIES.findall(text):
        known = labels.setdefault(name, [])
        known += [label for label in LABEL.findall(pairs) if label not in [*known, "le"]]
    return labels


def table(text):
    """Of the text of a scrape."""
    labels = labels_of(text)
    rows = ["| metric | type | labels | what |", "|---|---|---|---|"]
    rows += [
        f"| `{name}` | {kind} | {', '.join(labels.get(name, []))} | {help} |" for name, help, kind in HELP.findall(text)
    ]
    return "\n".join(rows) + "\n"


def written():
    """The table that the page has."""
    return PAGE.read_text().split(BEGIN)[1].split(END)[0]


def main():
    made = table(sys.stdin.read())
    if sys.argv[1:] != ["--write"]:
        print(made, end="")
        return
    before, rest = PAGE.read_text().split(BEGIN)
    PAGE.write_text(before + BEGIN + made + END + rest.split(END)[1])


if __name__ == "__main__":
    main()
