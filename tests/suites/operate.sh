#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# the daemon operated with the tools of others: swanctl, libvici
# needs: build test operate
. "$(dirname "$0")/lib.sh"

build release

log=$(mktemp)
status=0
python3 "$root/tests/operate/run.py" --daemon "$build_root/release/shard/ikehubd" \
    --ctl "$build_root/release/shard/ctl/ikehubctl" 2>&1 | tee "$log" || status=$?
record_cases "$log"

# It may fail without a failed case.
if [ "$status" -ne 0 ] && ! grep -q ': failed' "$log"; then
    exit "$status"
fi
rm -f "$log"
