# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# Handshakes of known peers while first messages with forged addresses come in

# flood sends first messages of main mode from all of 127.0.0.0/8, as fast as one thread can, and goes on with none;
# meanwhile ikeload begins ten handshakes a second, each message of which is sent again five times at most. The daemon
# has core 0, the other two share core 1. The flood's time is that of the handshakes and some more, so that the last
# ones come to their end under it.
#
# BENCH_FLOOD_SECONDS    how long handshakes are begun (default: 30)

# shellcheck source=bench/suites/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

seconds=${BENCH_FLOOD_SECONDS:-30}
port=15550
rate=10

bench_config "$work/ikehub.conf"
bench_daemon flood "$port" --config "$work/ikehub.conf" --shards 1
statistics flood "$daemon_pid"
before=$line

taskset -c "$initiator_core" "$programs/flood/flood" "127.0.0.1:$port" "$((seconds + 30))" >"$work/flood" &
flood_pid=$!
helpers+=("$flood_pid")
load "$port" --proposal aes128-sha256-ecp256 --rate "$rate" --count "$((rate * seconds))" --concurrency 1000 \
    --timeout "$((seconds + 20))" || true
kill -0 "$flood_pid" || {
    echo "the flood ended before the handshakes" >&2
    exit 1
}
statistics flood "$daemon_pid"
wait "$flood_pid"

up=$(member up "$summary")
main_in=$(counter main_in "$line")
main_out=$(counter main_out "$line")
echo "flood: $(cat "$work/flood")"
echo "daemon: $(counter ring_received "$line") datagrams received, $(counter ring_dropped_kernel "$line") lost in the" \
    "kernel's queue, $(counter half_open "$line") first messages kept, $(counter refused_crowded_out "$line") gave way"
echo "handshakes: $up of $((rate * seconds)) up, $(member retransmissions "$summary") messages sent again," \
    "latency p50 $(member p50 "$summary") us, p99 $(member p99 "$summary") us"
echo "bytes towards strangers: $main_in in, $main_out out"
grown=$(($(counter rss_kb "$line") - $(counter rss_kb "$before")))
echo "resident memory: $(counter rss_kb "$before") kB before, $(counter rss_kb "$line") kB at the end"

# 10000 first messages may be kept (init_limit_half_open), each with an SA payload of 4096 bytes at most.
bound_at_least handshakes-complete-percent "$(calculate %.1f "100 * $up / ($rate * $seconds)")" 99
bound_at_most amplification "$(calculate %.3f "$main_out / ($main_in ? $main_in : 1)")" 1
bound_at_most memory-grown "$grown" "$((10000 * (264 + 4096) / 1024))" kB
