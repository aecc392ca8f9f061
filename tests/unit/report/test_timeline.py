# SPDX-License-Identifier: BSD-2-Clause
"""bench/report/timeline.py"""

import unittest

from bench.report import timeline

KILLED = timeline.seconds("2026-01-01T00:00:10.000Z")


def log(*lines):
    return timeline.events(["ts=2026-01-01T00:00:{:06.3f}Z level=info event={}".format(10 + at, rest)
                            for at, rest in lines] + ["a warning"], KILLED)


class Timeline(unittest.TestCase):
    def setUp(self):
        first = log((-5, "revived estate=a isakmp_sas=7 children=7 refused=0 ms=3"), (-0.92, "ph2-up x=1"),
                    (-0.93, "ph2-up x=1"), (-0.5, "ph2-down x=1"))
        again = log((0.1, "ready pid=1"), (0.26, "revived isakmp_sas=8 children=8 refused=0 ms=9"), (0.41, "ph2-up x=1"))
        self.lines = list(timeline.timeline(first, again))

    def of(self, kind):
        return {round(at, 3): what for was, at, what in self.lines if was == kind}

    def test_events(self):
        events = [(round(at, 3), name) for kind, at, name in self.lines if kind == "event"]
        self.assertEqual(events, [(0.1, "listening"), (0.26, "all-back"), (0.41, "first-new")])

    def test_new_tunnels_are_a_rate(self):
        new = self.of("new")
        self.assertAlmostEqual(new[-0.95], 2 / timeline.STEP)
        self.assertAlmostEqual(new[0.4], 1 / timeline.STEP)
        self.assertEqual(sum(new.values()) * timeline.STEP, 3)

    def test_what_was_there_is_gone_until_it_is_back(self):
        held = self.of("held")
        self.assertEqual([held[at] for at in (-0.95, -0.9, 0, 0.05, 0.25, 0.3, 0.45)], [7, 9, 8, 0, 0, 8, 9])

    def test_a_successor_that_never_came_to_anything(self):
        lines = list(timeline.timeline(log((-1, "ph2-up x=1")), log((0.1, "ready pid=1"))))
        self.assertEqual([name for kind, _, name in lines if kind == "event"], ["listening"])
        self.assertEqual({what for kind, at, what in lines if kind == "held" and at > 0.01}, {0})


if __name__ == "__main__":
    unittest.main()
