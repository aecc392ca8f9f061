#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# line coverage of core by unit, sim and vectors
# needs: build test coverage
. "$(dirname "$0")/lib.sh"

tests() {
    ctest --test-dir "$build_root/coverage" -L '^(unit|sim|vectors)$' -j "$(nproc)" --output-on-failure --no-tests=error
}

build coverage
find "$build_root/coverage" -name '*.gcda' -delete
check coverage.tests tests
gcovr --root "$root" --filter "$root/core/" "$build_root/coverage"
