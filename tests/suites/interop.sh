#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# strongSwan in network namespaces, in both directions
# needs: build test interop
. "$(dirname "$0")/lib.sh"
. "$root/deploy/lib/deps.sh"

build release

status=0
log=$(mktemp)
deps_as_root python3 "$root/tests/interop/run.py" --build "$build_root/release" 2>&1 | tee "$log" || status=$?

record_cases "$log"

# The harness may fail without a failed case.
if [ "$status" -ne 0 ] && ! grep -q ': failed' "$log"; then
    exit "$status"
fi
rm -f "$log"
