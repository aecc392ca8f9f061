#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# line coverage of core by unit, sim and vectors
# needs: build test coverage
. "$(dirname "$0")/lib.sh"

build coverage
find "$build_root/coverage" -name '*.gcda' -delete
run_ctest coverage 'unit|sim|vectors'
gcovr --root "$root" --filter "$root/core/" "$build_root/coverage"
