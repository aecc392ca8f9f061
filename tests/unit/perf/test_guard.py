# SPDX-License-Identifier: BSD-2-Clause
"""tests/perf/guard.py"""

import unittest

from tests.perf import guard

def row(own=100, openssl=1000, reason="the first count", **more):
    return {"case": "parse", "own": own, "openssl": openssl, "compiler": "gcc-12.2.0", "libcrypto": "openssl-3.0.19",
            "reason": reason, **more}


def verdict(own, openssl, compiler="gcc-12.2.0", crypto="openssl-3.0.19"):
    return guard.verdict(row(), own, openssl, compiler, crypto)[0]


class Counting(unittest.TestCase):
    def test_of_one_run(self):
        lines = ["ob=(1) /build/count", "fn=(1) run", "1 340", "ob=(2) /usr/lib/libcrypto.so.3", "fn=(2) digest", "7 500"]
        self.assertEqual(guard.own_and_openssl(lines, "/build/count"), (34, 50))


class Verdict(unittest.TestCase):
    def test_five_percent(self):
        self.assertEqual(verdict(105, 1050), "passed")
        self.assertEqual(verdict(106, 1000), "failed")
        self.assertEqual(verdict(100, 1051), "failed")
        self.assertEqual(verdict(50, 500), "passed")

    def test_what_is_not_comparable_is_not_compared(self):
        self.assertEqual(verdict(106, 1000, compiler="gcc-13.1.0"), "passed")
        self.assertEqual(verdict(100, 1051, crypto="openssl-3.0.20"), "passed")
        self.assertEqual(verdict(100, 1000, "gcc-13.1.0", "openssl-3.0.20"), "skipped")

    def test_from_nothing(self):
        self.assertFalse(guard.rises(0, 0))
        self.assertTrue(guard.rises(0, 1))


class History(unittest.TestCase):
    def test_a_rise_has_a_reason_of_its_own(self):
        self.assertEqual(guard.unexplained([row(), row(own=90), row(own=120, reason="checks lengths twice")]), [])
        self.assertEqual(len(guard.unexplained([row(), row(own=120)])), 1)
        self.assertEqual(len(guard.unexplained([row(reason="")])), 1)

    def test_cases_do_not_mix(self):
        self.assertEqual(guard.unexplained([row(), row(own=900, case="build")]), [])

    def test_the_committed_one(self):
        rows = guard.read(guard.BASELINE)
        self.assertEqual(guard.unexplained(rows), [])
        self.assertTrue(rows)


if __name__ == "__main__":
    unittest.main()
