# SPDX-License-Identifier: BSD-2-Clause
"""bench/report/micro.py"""

import unittest

from bench.report import micro


def run(name, item, **more):
    return {"run_type": "iteration", "run_name": name, "item": item, **more}


class Micro(unittest.TestCase):
    def test_repetitions_are_one_case(self):
        report = {"benchmarks": [run("a", 3e-9), run("b", 1e-6), run("a", 1e-9), run("a", 9e-9),
                                 {"run_type": "aggregate", "run_name": "a", "item": 4e-9}]}
        times = micro.times(report)
        self.assertEqual(list(times), ["a", "b"])
        self.assertEqual(micro.line("a", times["a"]), "a 3.000 1.000 9.000")

    def test_what_the_machine_has_not_got_is_left_out(self):
        self.assertEqual(micro.times({"benchmarks": [run("a", 0, error_occurred=True)]}), {})

    def test_numbers_have_no_exponent(self):
        self.assertEqual(micro.plain(0), "0")
        self.assertEqual(micro.plain(0.012345), "0.01235")
        self.assertEqual(micro.plain(7.125), "7.125")
        self.assertEqual(micro.plain(440190.4), "440190")

    def test_order(self):
        names = ["dh/both/64", "dh/both/8", "aes128/1280", "aes128/64"]
        self.assertEqual(sorted(names, key=micro.natural),
                         ["aes128/64", "aes128/1280", "dh/both/8", "dh/both/64"])


if __name__ == "__main__":
    unittest.main()
