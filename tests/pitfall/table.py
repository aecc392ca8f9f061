#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Says where the tables of README.md are not true: tests that are named and do not exist, tests of this folder that are
not named, rows without a test that do not say why."""

import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
TESTS = HERE.parent
ROW = re.compile(r"^\| (?!-|pitfall )(.+) \| (.+) \|$", re.M)
NAME = re.compile(r"`([\w.]+):([\w/.-]+)`")
REGISTERED = re.compile(r"\bcmocka_unit_test\w*\((\w+)")


def source_of(program):
    """The test program FOLDER.MODULE is made of test_MODULE.c."""
    folder, _, module = program.partition(".")
    place = TESTS / folder if folder in ("sim", "cve", "pitfall", "vectors") else TESTS / "unit" / folder
    return place / f"test_{module}.c"


def names_in(program):
    if program == "interop":
        run = [sys.executable, str(TESTS / "interop" / "run.py"), "--list"]
        return set(subprocess.run(run, check=True, capture_output=True, text=True).stdout.split())
    source = source_of(program)
    return set(REGISTERED.findall(source.read_text())) if source.exists() else set()


def main():
    wrong = []
    named = []
    for pitfall, tests in ROW.findall((HERE / "README.md").read_text()):
        found = NAME.findall(tests)
        named += found
        if not found and not tests.startswith("none: "):
            wrong.append(f"no test: {pitfall}")
    known = {program: names_in(program) for program in {program for program, _ in named}}
    wrong += [f"does not exist: {program}:{name}" for program, name in named if name not in known[program]]
    for source in sorted(HERE.glob("test_*.c")):
        program = "pitfall." + source.stem.removeprefix("test_")
        wrong += [f"not in a table: {program}:{name}" for name in sorted(names_in(program))
                  if (program, name) not in named]
    print(*wrong, sep="\n")
    return 1 if wrong or not named else 0


if __name__ == "__main__":
    sys.exit(main())
