#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# the store and daemons with real Redis servers, Sentinels and clusters, and what happens to them
# needs: build test interop cluster
. "$(dirname "$0")/lib.sh"
. "$root/deploy/lib/deps.sh"

build release

log=$(mktemp)
status=0
deps_as_root python3 "$root/tests/cluster/run.py" --build "$build_root/release" 2>&1 | tee "$log" || status=$?
record_cases "$log"

# It may fail without a failed case.
if [ "$status" -ne 0 ] && ! grep -q ': failed' "$log"; then
    exit "$status"
fi
rm -f "$log"
