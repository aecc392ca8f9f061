#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Counts instructions of cases of bench/micro under valgrind and compares them with tests/perf/baseline.csv.

    guard.py BUILD              one line `case NAME: passed|failed|skipped WHY` for each case of the baseline
    guard.py BUILD --update REASON [CASE...]
                                appends what is counted now, of all cases or of some, also new ones

Counts and not seconds, because they are the same on a busy machine and on another one: those of our own code for the same
compiler, those of OpenSSL's for the same version, which is told to use no instructions that not all processors have. A
compiler or an OpenSSL that the baseline does not know is not compared with; the rest is.

The baseline is a history, to which rows are added: the last row of a case counts. A rise of more than 5 % over the row
before needs a reason of its own.
"""

import csv
import os
import platform
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))

from bench.report import callgrind  # noqa: E402: found by the line before

TIMES = 10
RISE_PERCENT = 5
BASELINE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "baseline.csv")
COLUMNS = ["case", "own", "openssl", "compiler", "libcrypto", "reason"]

# MMX, FXSR, SSE, SSE2; PCLMULQDQ, SSSE3, AES-NI; of the second word, which has AVX2, ADX and SHA, nothing.
PROCESSOR = "{:#x}:0".format(sum(1 << bit for bit in (23, 24, 25, 26, 33, 41, 57)))


# ---------------------------------------------------------------- counting

def own_and_openssl(lines, program):
    """Instructions of one run in our program, and in libcrypto."""
    parts = callgrind.by_part(callgrind.costs(lines), program)
    return round(parts["own"] / TIMES), round(parts["openssl"] / TIMES)


def count(program, case):
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "out")
        subprocess.run(["valgrind", "--tool=callgrind", "--toggle-collect=counted", "--callgrind-out-file=" + out,
                        program, str(TIMES), case],
                       env={**os.environ, "OPENSSL_ia32cap": PROCESSOR, "OPENSSL_CONF": "/dev/null"},
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        with open(out, encoding="utf-8") as file:
            return own_and_openssl(file, program)


# ---------------------------------------------------------------- what it was counted with

def compiler_of(build):
    """"gcc-12.2.0": what made the program."""
    with open(os.path.join(build, "CMakeCache.txt"), encoding="utf-8") as file:
        name = re.search(r"^CMAKE_C_COMPILER:[A-Z]+=(.*)$", file.read(), re.MULTILINE).group(1)
    text = subprocess.run([name, "--version"], check=True, capture_output=True, text=True).stdout.splitlines()[0]
    kind = "clang" if "clang" in text else "gcc"
    return "{}-{}".format(kind, re.search(r"\d+\.\d+\.\d+", text).group())


def libcrypto():
    """"openssl-3.0.19": what is linked to."""
    text = subprocess.run(["pkg-config", "--modversion", "libcrypto"], check=True, capture_output=True, text=True).stdout
    return "openssl-" + text.strip()


# ---------------------------------------------------------------- the baseline

def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["own"], row["openssl"] = int(row["own"]), int(row["openssl"])
    return rows


def rises(before, after):
    return 100 * (after - before) > RISE_PERCENT * before


def falls(before, after):
    return 100 * (before - after) > RISE_PERCENT * before


def change(before, after):
    return "{:+.1%}".format(after / before - 1) if before else "of none"


def unexplained(rows):
    """What is wrong with the history: rises without a reason, or with that of the row before."""
    last, faults = {}, []
    for row in rows:
        before = last.get(row["case"])
        last[row["case"]] = row
        if not row["reason"]:
            faults.append("{case}: a row without a reason".format(**row))
        elif before and before["reason"] == row["reason"] and any(
                rises(before[part], row[part]) for part in ("own", "openssl")):
            faults.append("{case}: a rise with the reason of the row before".format(**row))
    return faults


def verdict(row, own, openssl, compiler, crypto):
    """(passed, failed or skipped; why) of what was counted against a row of the baseline."""
    parts = []
    if row["compiler"] == compiler:
        parts.append(("own", own))
    if row["libcrypto"] == crypto:
        parts.append(("openssl", openssl))
    parts = [(part, now) for part, now in parts if row[part] or now]
    if not parts:
        return "skipped", "the baseline is of {compiler} and {libcrypto}".format(**row)
    text = ", ".join("{} {} ({})".format(part, now, change(row[part], now)) for part, now in parts)
    if any(rises(row[part], now) for part, now in parts):
        return "failed", text + ": more than 5 % above the baseline; see tests/perf/guard.py"
    if any(falls(row[part], now) for part, now in parts):
        return "passed", text + ": the baseline may be lowered"
    return "passed", text


# ---------------------------------------------------------------- the two commands

def check(program, compiler, crypto):
    rows = read(BASELINE)
    faults = unexplained(rows)
    print("case history:", "failed " + "; ".join(faults) if faults else "passed")
    for case, row in {row["case"]: row for row in rows}.items():
        state, why = verdict(row, *count(program, case), compiler, crypto)
        print("case {}: {} {}".format(case, state, why), flush=True)


def update(program, compiler, crypto, reason, cases):
    cases = cases or list({row["case"]: None for row in read(BASELINE)})
    with open(BASELINE, "a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        for case in cases:
            own, openssl = count(program, case)
            writer.writerow({"case": case, "own": own, "openssl": openssl, "compiler": compiler, "libcrypto": crypto,
                             "reason": reason})


def main(arguments):
    build = os.path.realpath(arguments[0])
    program = os.path.join(build, "bench/micro/count")
    with_what = (program, compiler_of(build), libcrypto())
    if platform.machine() != "x86_64":
        print("case counts: skipped the baseline is of x86_64")
    elif len(arguments) == 1:
        check(*with_what)
    elif len(arguments) >= 3 and arguments[1] == "--update" and arguments[2]:
        update(*with_what, arguments[2], arguments[3:])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:]) if len(sys.argv) > 1 else sys.exit(__doc__)
