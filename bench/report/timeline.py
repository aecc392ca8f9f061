#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What happened while a daemon was killed and started again, out of its log and its successor's.

    timeline.py KILLED-AT LOG AGAIN-LOG

KILLED-AT is in seconds since 1970; times that are printed count from it. Prints `new SECONDS TUNNELS-PER-SECOND`, those
that came up in a step of 50 ms, `held SECONDS TUNNELS`, those that there are at its end, from 1 s before to 2 s after, and
`event SECONDS NAME`: when the successor listened, when all were back, when the first new one came up.
"""

import datetime
import re
import sys

STEP = 0.05
BEFORE, AFTER = 1, 2
LINE = re.compile(r"ts=(\S+) level=\S+ event=(\S+)(.*)")


def seconds(stamp):
    return datetime.datetime.fromisoformat(stamp.replace("Z", "+00:00")).timestamp()


def events(lines, origin):
    """(seconds, event, the rest) of each line of a log, in their order: shards write theirs when they get to it."""
    found = [LINE.match(line) for line in lines]
    return sorted((seconds(match.group(1)) - origin, match.group(2), match.group(3)) for match in found if match)


def changes(log):
    """(seconds, +1 or -1) of children."""
    steps = {"ph2-up": 1, "ph2-down": -1}
    return [(at, steps[event]) for at, event, _ in log if event in steps]


def first(log, *names):
    return next((entry for entry in log if entry[1] in names), None)


def timeline(log, again):
    log = [entry for entry in log if entry[0] <= 0]
    listening, back, new = first(again, "ready"), first(again, "revived"), first(again, "ph2-up")
    for name, entry in (("listening", listening), ("all-back", back), ("first-new", new)):
        if entry:
            yield "event", entry[0], name

    steps = changes(log) + changes(again)
    for entry in filter(None, (first(log, "revived"), back)):
        steps.append((entry[0], int(re.search(r" children=(\d+)", entry[2]).group(1))))
    ups = [at for at, event, _ in log + again if event == "ph2-up"]
    for number in range(-round(BEFORE / STEP), round(AFTER / STEP)):
        begin, end = number * STEP, (number + 1) * STEP
        yield "new", begin, sum(begin <= at < end for at in ups) / STEP
        yield "held", end, sum(step for at, step in steps if at < end and (at > 0 or end <= 0))


def main(killed_at, *paths):
    logs = []
    for path in paths:
        with open(path, encoding="utf-8") as file:
            logs.append(events(file, float(killed_at)))
    for kind, at, what in timeline(*logs):
        print("{} {:.3f} {}".format(kind, at, what if kind == "event" else round(what)))


if __name__ == "__main__":
    main(*sys.argv[1:])
