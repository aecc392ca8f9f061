# SPDX-License-Identifier: BSD-2-Clause
"""bench/report/callgrind.py"""

import unittest

from bench.report import callgrind

CALLGRIND = """\
# callgrind format
events: Ir
summary: 1000

ob=(1) /build/count
fl=(1) a.c
fn=(1) run
12 300
cob=(2) /usr/lib/libcrypto.so.3
cfi=(2) b.c
cfn=(2) digest
calls=4 +3
+1 500
fn=(3) other
* 40

ob=(2)
fn=(2)
7 500
ob=(3) /usr/lib/libc.so.6
fn=(4) memcpy
-2 160
""".splitlines()


class Callgrind(unittest.TestCase):
    def test_each_function_has_its_own_cost(self):
        self.assertEqual(callgrind.costs(CALLGRIND), {
            ("/build/count", "run"): 300, ("/build/count", "other"): 40,
            ("/usr/lib/libcrypto.so.3", "digest"): 500, ("/usr/lib/libc.so.6", "memcpy"): 160})

    def test_whose_it_is(self):
        self.assertEqual(callgrind.by_part(callgrind.costs(CALLGRIND), "/build/count"),
                         {"own": 340, "openssl": 500, "libc": 160})


if __name__ == "__main__":
    unittest.main()
