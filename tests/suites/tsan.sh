#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# unit, shard and the daemon once more under ThreadSanitizer, 20,000 tunnels over four shards, and a kill with a store
# needs: build test
. "$(dirname "$0")/lib.sh"

build tsan
run_ctest tsan 'unit|shard|daemon'
build release
check tsan.four-shards "$root/tests/shard/load.sh" "$build_root/tsan" "$build_root/release/bench/load/ikeload" 4 20000
check tsan.store "$root/tests/shard/store_load.sh" "$build_root/tsan" "$build_root/release/bench/load/ikeload" 3000 3 2
