# SPDX-License-Identifier: BSD-2-Clause
"""bench/report/rows.py"""

import os
import tempfile
import unittest

from bench.report import rows

TEXT = """\
suite,metric,labels,value,unit
scale,context,name=cpu text=AMD_EPYC;_one,,
scale,cpu,shards=1 round=0,100,us
scale,cpu,shards=1 round=1,130,us
scale,cpu,shards=1 round=2,110,us
scale,cpu,shards=8 round=0,,us
""".splitlines()


class Rows(unittest.TestCase):
    def setUp(self):
        self.rows = rows.Rows(rows.parse(TEXT))

    def test_picked_by_labels(self):
        self.assertEqual(self.rows.of("scale", "cpu", shards=1).numbers(), [100, 130, 110])
        self.assertEqual(len(self.rows.of("scale", "cpu", shards=2)), 0)
        self.assertEqual(self.rows.of("scale", "cpu").label("shards"), ["1", "8"])
        self.assertEqual(len(self.rows.of("memory")), 0)

    def test_median_and_spread(self):
        one = self.rows.of("scale", "cpu", shards=1)
        self.assertEqual(one.median(), 110)
        self.assertEqual(one.spread(), (110, 100, 130))

    def test_what_could_not_be_had_is_nothing(self):
        self.assertIsNone(self.rows.of("scale", "cpu", shards=8).median())
        self.assertIsNone(self.rows.of("scale", "cpu", shards=8).spread())

    def test_context(self):
        self.assertEqual(self.rows.of("scale").text("cpu"), "AMD EPYC; one")
        self.assertEqual(self.rows.of("scale").text("kernel"), "")

    def test_files(self):
        with tempfile.TemporaryDirectory() as folder:
            for suite in ("b", "a"):
                with open(os.path.join(folder, suite + ".csv"), "w", encoding="utf-8") as file:
                    file.write("\n".join(TEXT).replace("scale", suite))
            self.assertEqual(rows.read(folder).suites(), ["a", "b"])


if __name__ == "__main__":
    unittest.main()
