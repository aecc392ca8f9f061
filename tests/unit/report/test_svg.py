# SPDX-License-Identifier: BSD-2-Clause
"""bench/report/svg.py"""

import re
import unittest
import xml.etree.ElementTree as xml

from bench.report.svg import HEIGHT, LEFT, WIDTH, Axis, Line, Plot, linear_ticks, log_ticks, number

SVG = "{http://www.w3.org/2000/svg}"


def texts(plot):
    return [text.text for text in xml.fromstring(plot.svg()).iter(SVG + "text")]


class Numbers(unittest.TestCase):
    def test_no_more_digits_than_it_needs(self):
        self.assertEqual([number(value) for value in (0, 0.012345, 1, 1.5, 12.34, 1234567, -0.5)],
                         ["0", "0.0123", "1", "1.5", "12.3", "1,234,567", "-0.5"])


class Ticks(unittest.TestCase):
    def test_linear(self):
        self.assertEqual(linear_ticks(0, 130), [0, 25, 50, 75, 100, 125])
        self.assertEqual(linear_ticks(-1.1, 2.1), [-1, 0, 1, 2])

    def test_logarithmic(self):
        self.assertEqual(log_ticks(0.4, 60), [0.5, 1, 2, 5, 10, 20, 50])
        self.assertEqual(log_ticks(1, 1e6), [1, 10, 100, 1e3, 1e4, 1e5, 1e6])


class Axes(unittest.TestCase):
    def test_places_are_in_order_and_within(self):
        for log in (False, True):
            axis = Axis("x", [1, 10, 100], 0, 300, log)
            places = [axis.place(value) for value in (1, 10, 100)]
            self.assertEqual(places, sorted(places))
            self.assertTrue(0 <= places[0] and places[2] <= 300)

    def test_a_decade_is_as_long_as_another(self):
        axis = Axis("x", [1, 100], 0, 300, log=True)
        self.assertAlmostEqual(axis.place(10) - axis.place(1), axis.place(100) - axis.place(10))

    def test_from_zero(self):
        axis = Axis("y", [50, 100], 300, 0, from_zero=True)
        self.assertEqual(axis.place(0), 300)

    def test_one_value(self):
        self.assertTrue(Axis("y", [7], 0, 300).ticks())


class Plots(unittest.TestCase):
    def setUp(self):
        self.plot = Plot("A & B", "tunnels", "us", [Line("one", [(10, 2, 1, 3), (1, 4)]), Line("none", [])],
                         log_x=True, marks=[(5.0, "killed")])

    def test_words(self):
        words = texts(self.plot)
        for word in ("A & B", "tunnels", "us", "one", "killed"):
            self.assertIn(word, words)
        self.assertNotIn("none", words)

    def test_a_marker_for_each_point_within_the_picture(self):
        circles = list(xml.fromstring(self.plot.svg()).iter(SVG + "circle"))
        self.assertEqual(len(circles), 2)
        for circle in circles:
            self.assertTrue(LEFT <= float(circle.get("cx")) <= WIDTH and 0 <= float(circle.get("cy")) <= HEIGHT)

    def test_points_go_from_left_to_right(self):
        line = next(xml.fromstring(self.plot.svg()).iter(SVG + "polyline"))
        places = [float(x) for x in re.findall(r"([\d.]+),", line.get("points"))]
        self.assertEqual(places, sorted(places))

    def test_a_long_legend_has_several_rows(self):
        names = ["a rather long name of a line, number {}".format(i) for i in range(4)]
        plot = Plot("", "x", "y", [Line(name, [(1, 1), (2, 2)]) for name in names])
        self.assertGreater(len(plot.rows), 1)
        self.assertEqual([line.name for row in plot.rows for line, _, _ in row], names)


if __name__ == "__main__":
    unittest.main()
