#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# several shards: steering, letters, what belongs to a peer; the daemon as a process
# needs: build test
. "$(dirname "$0")/lib.sh"

build release
run_ctest release shard

log=$(mktemp)
status=0
python3 "$root/tests/shard/run.py" --daemon "$build_root/release/shard/ikehubd" \
    --ctl "$build_root/release/shard/ctl/ikehubctl" 2>&1 | tee "$log" || status=$?
record_cases "$log"

# It may fail without a failed case.
if [ "$status" -ne 0 ] && ! grep -q ': failed' "$log"; then
    exit "$status"
fi
rm -f "$log"

# With as many shards afterwards, with more, with fewer.
for shards in "1 1" "2 4" "4 2"; do
    # shellcheck disable=SC2086 # two words
    check "store.load.${shards/ /-}" "$root/tests/shard/store_load.sh" "$build_root/release" \
        "$build_root/release/bench/load/ikeload" 1000 $shards
done
