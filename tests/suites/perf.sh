#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# instruction counts of parsing, building, quick mode and a P-256 handshake against tests/perf/baseline.csv
# needs: build perf
. "$(dirname "$0")/lib.sh"

build release

log=$(mktemp)
status=0
python3 "$root/tests/perf/guard.py" "$build_root/release" 2>&1 | tee "$log" || status=$?
record_cases "$log"
rm -f "$log"
exit "$status"
