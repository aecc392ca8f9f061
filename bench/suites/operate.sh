# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# the control socket: a listing of many tunnels, and how long it holds up a shard
# minutes: 6

# The time is that of ikehubctl, which writes JSON to a file, from its start to its end. A shard's delay is the longest CPU
# time that it has spent on one question of the control thread since it began (asked_max_us), be it a piece of the listing or
# another.
#
# BENCH_TUNNELS    tunnels that are up (default: 100000)
# BENCH_ROUNDS     listings (default: 5)

# shellcheck source=bench/suites/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

tunnels=${BENCH_TUNNELS:-100000}
rounds=${BENCH_ROUNDS:-5}
port=15560
control="$work/operate.vici"

bench_config "$work/ikehub.conf"
cat >>"$work/ikehub.conf" <<'CONF'
ikehub {
    block_threshold = 1000
}
CONF
bench_daemon operate "$port" --config "$work/ikehub.conf" --shards 2 --socket "$control"
load_hold "$port" --proposal aes128-sha256-ecp256 --count "$tunnels" --timeout 1800

ask() {
    "$build_root/release/shard/ctl/ikehubctl" --socket "$control" --json "$@"
}

echo "seconds to list $tunnels tunnels"
for ((i = 0; i < rounds; i++)); do
    begin=$EPOCHREALTIME
    ask list-sas >"$work/listing"
    seconds=$(calculate %.2f "$EPOCHREALTIME - $begin")
    listed=$(grep -c '"uniqueid"' "$work/listing")
    [ "$listed" -ge "$tunnels" ] || {
        echo "$listed of $tunnels tunnels are in the listing" >&2
        exit 1
    }
    echo "  $seconds"
    echo "list $seconds" >>"$work/results"
    result operate list_sas "tunnels=$tunnels round=$i" "$seconds" s
done
ask stats >"$work/stats"
delay=$(sed -nE 's/.*"asked_max_us": ([0-9]+).*/\1/p' "$work/stats" | sort -n | tail -n 1)
result operate asked_max "tunnels=$tunnels" "$delay" us

bound_at_most "list-sas-$tunnels-s" "$(median list)" 3 s
bound_at_most shard-held-up-us "$delay" 1000 us
