# SPDX-License-Identifier: BSD-2-Clause
"""bench/report/profile.py"""

import unittest

from bench.report import profile

LINES = ["ob=(1) /build/count", "fn=(1) parse", "1 200", "fn=(2) parse.part.0", "1 100", "fn=(3) walk'2", "1 50",
         "fn=(6) micro_fill", "3 70", "ob=(2) /usr/lib/libcrypto.so.3", "fn=(4) 0x00000000000a", "7 1000", "ob=(3) /lib/libc.so.6", "fn=(5) memcpy",
         "9 10"]


class Profile(unittest.TestCase):
    def test_lines(self):
        self.assertEqual(list(profile.profile(LINES, "/build/count", 10)), [
            ("part", "own", 42), ("part", "openssl", 100), ("part", "libc", 1),
            ("own", "parse", 30), ("own", "walk", 5)])

    def test_those_that_take_most(self):
        lines = ["ob=(1) /build/count"]
        for number in range(20):
            lines += ["fn=({0}) f{0}".format(number), "1 {}".format(1000 + number)]
        own = [name for part, name, _ in profile.profile(lines, "/build/count", 1) if part == "own"]
        self.assertEqual(own, ["f{}".format(19 - number) for number in range(profile.MOST)])


if __name__ == "__main__":
    unittest.main()
