# SPDX-License-Identifier: BSD-2-Clause
"""What the suites have measured, as they wrote it: build/bench/results/SUITE.csv, see bench/suites/lib.sh."""

import csv
import glob
import os
import statistics


class Row:
    """One line: labels as a dictionary, the value as a number or None."""

    def __init__(self, suite, metric, labels, value, unit):
        self.suite = suite
        self.metric = metric
        self.labels = dict(label.split("=", 1) for label in labels.split())
        self.text = value
        self.value = float(value) if value else None
        self.unit = unit


class Rows:
    """Rows that can be picked by suite, metric and labels."""

    def __init__(self, rows):
        self.rows = list(rows)

    def __iter__(self):
        return iter(self.rows)

    def __len__(self):
        return len(self.rows)

    def of(self, suite, metric=None, **labels):
        """Those of a suite, of a metric, with these labels."""
        return Rows(row for row in self.rows if row.suite == suite and metric in (None, row.metric) and
                    all(row.labels.get(key) == str(value) for key, value in labels.items()))

    def suites(self):
        return sorted({row.suite for row in self.rows})

    def label(self, key):
        """The values of a label, in the order in which they came."""
        return list(dict.fromkeys(row.labels[key] for row in self.rows if key in row.labels))

    def numbers(self):
        return [row.value for row in self.rows if row.value is not None]

    def median(self):
        """None where there is nothing."""
        values = self.numbers()
        return statistics.median(values) if values else None

    def spread(self):
        """(median, least, most), or None."""
        values = self.numbers()
        return (statistics.median(values), min(values), max(values)) if values else None

    def text(self, name):
        """The text of a row of context, of which lib.sh writes spaces as underscores; "" if there is none."""
        for row in self.rows:
            if row.metric == "context" and row.labels["name"] == name:
                return row.labels["text"].replace("_", " ")
        return ""


def parse(lines):
    reader = csv.reader(lines)
    next(reader, None)
    return [Row(*fields) for fields in reader]


def read(folder):
    rows = []
    for path in sorted(glob.glob(os.path.join(folder, "*.csv"))):
        with open(path, encoding="utf-8", newline="") as file:
            rows += parse(file)
    return Rows(rows)
