# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# Memory of a tunnel, and CPU time of dead peer detection for a million of them
# minutes: 8

# Memory: what a daemon's resident memory grows by between 1000 tunnels and many, divided by the difference. It is read
# when the last replies, which are kept for a minute, are gone. Each tunnel is an ISAKMP SA, a child, and a peer.
#
# Dead peer detection: a second daemon asks each of its tunnels every second, so that few tunnels make many
# exchanges. Its own CPU time is divided by the exchanges, and multiplied by those of a million tunnels every 30 s.
#
# BENCH_TUNNELS        tunnels (default: 50000)
# BENCH_DPD_TUNNELS    tunnels of the second daemon (default: 10000)

# shellcheck source=bench/suites/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

tunnels=${BENCH_TUNNELS:-50000}
dpd_tunnels=${BENCH_DPD_TUNNELS:-10000}
kept_for=75 # seconds; the replies' minute, and the allocator's ten seconds
watched_for=20
proposal=(--proposal aes128-sha256-ecp256 --timeout 1800)

bench_config "$work/ikehub.conf"
bench_daemon memory 15540 --config "$work/ikehub.conf" --shards 1
memory_pid=$daemon_pid
bench_config "$work/dpd.conf" "dpd_delay = 1s"
bench_daemon dpd 15542 --config "$work/dpd.conf" --shards 1
dpd_pid=$daemon_pid

load_hold 15540 "${proposal[@]}" --count 1000 --id-prefix first --local-ts 10.128.0.0/9+32
sleep "$kept_for"
statistics memory "$memory_pid"
before=$(counter rss_kb "$line")
load_hold 15540 "${proposal[@]}" --count "$tunnels"
sleep "$kept_for"
statistics memory "$memory_pid"
after=$(counter rss_kb "$line")
held=$(counter children "$line")
bytes=$(calculate %.0f "($after - $before) * 1024 / ($held - 1000)")
result memory tunnels "" "$((held - 1000))" ""
result memory resident_per_tunnel "tunnels=$held" "$bytes" bytes
echo "resident: $before kB with 1000 tunnels, $after kB with $held: $bytes bytes each"

load_hold 15542 "${proposal[@]}" --count "$dpd_tunnels"
statistics dpd "$dpd_pid"
begin=$line
sleep "$watched_for"
statistics dpd "$dpd_pid"
exchanges=$(($(counter messages_in "$line") - $(counter messages_in "$begin")))
cpu=$(($(counter cpu_us "$line") - $(counter cpu_us "$begin")))
each=$(calculate %.2f "$cpu / ($exchanges ? $exchanges : 1)")
result memory dpd_exchanges "seconds=$watched_for tunnels=$dpd_tunnels" "$exchanges" ""
result memory cpu_per_dpd "tunnels=$dpd_tunnels" "$each" us
cores=$(calculate %.3f "$each / 1e6 * 1e6 / 30")
result memory dpd_cores "tunnels=1000000 every=30" "$cores" cores
echo "dead peer detection: $exchanges exchanges in $watched_for s with $(counter children "$line") tunnels," \
    "$cpu us of CPU: $each us each"
echo "a million tunnels every 30 s: 1000000 / 30 = 33333 exchanges a second, times $each us: $cores cores"

bound_at_most memory-per-tunnel "$bytes" 2048 bytes
bound_at_most dpd-million-tunnels "$cores" 0.5 cores
bound_at_least dpd-exchanges "$exchanges" "$((dpd_tunnels * watched_for * 8 / 10))"
