# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# A million tunnels of one ikeload with one daemon, all up and idle
# minutes: 6

# The daemon has core 0 and one shard, ikeload core 1. It brings up all tunnels as fast as the daemon answers, 256 at a time,
# with main mode, a preshared key and P-256, and one quick mode without PFS; each has an identity and an inner address of
# its own. Then nothing happens for some seconds, in which no tunnel may be lost. Nothing is extrapolated: both processes
# have them all, and their memory is what the kernel says it is. Then the daemon's metrics are read, as Prometheus does.
#
# BENCH_TUNNELS        tunnels (default: 1000000, or as many as the memory that is available allows)
# BENCH_HELD           seconds of idleness (default: 5)

# shellcheck source=bench/suites/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

held=${BENCH_HELD:-5}
each_takes=6000 # bytes of both processes, replies that are kept for a minute included, and something to spare
room=$(awk '$1 == "MemAvailable:" { print $2 * 1024 }' /proc/meminfo)
able=$(calculate %.0f "$room / $each_takes")
tunnels=${BENCH_TUNNELS:-$((able < 1000000 ? able : 1000000))}
[ "$tunnels" -ge 1000000 ] || [ -n "${BENCH_TUNNELS:-}" ] || echo "there is memory for $tunnels tunnels"

bench_config "$work/ikehub.conf"
cat >>"$work/ikehub.conf" <<CONF
ikehub {
    block_threshold = 100000
    init_limit_prefix = 100000
    metrics {
        port = 0
    }
}
CONF
bench_daemon million 15580 --config "$work/ikehub.conf" --shards 1 --log-level notice
pid=$daemon_pid

load_some 15580 --proposal aes128-sha256-ecp256 --count 1000 --id-prefix first --local-ts 10.128.0.0/9+32 --no-delete
statistics million "$pid"
before=$(counter rss_kb "$line")
load_some 15580 --proposal aes128-sha256-ecp256 --count "$tunnels" --concurrency 256 --timeout 300 --no-delete \
    --hold="$held" --series "$work/series" --responder-pid "$pid"
statistics million "$pid"
after=$(counter rss_kb "$line")
asked=$(counter asked_max_us "$line")
children=$(($(counter children "$line") - 1000))
lost=$(member lost "$summary")

scrapes=20
"$root/bench/scrape.py" "$(sed -nE 's/.* event=metrics listen=([^ ]+).*/\1/p' "$work/million.log")" "$scrapes" |
    sed 's/^/scrape /' >>"$work/results"
scrape=$(median scrape)
slowest=$(awk '$1 == "scrape" { print $2 }' "$work/results" | sort -n | tail -n 1)

# tenth FIRST LAST: tunnels a second while between so many percent of them were up.
tenth() {
    awk -F , -v first="$(calculate %.0f "$tunnels * $1 / 100")" -v last="$(calculate %.0f "$tunnels * $2 / 100")" '
        NR > 1 && $2 >= first && !from { from = $1; low = $2 }
        NR > 1 && $2 <= last && $2 > low { to = $1; high = $2 }
        END { printf "%.0f", (to > from) ? (high - low) / (to - from) : 0 }' "$work/series"
}

initiator=$(calculate %.2f "$(member initiator_resident_bytes "$summary") / 1073741824")
bytes=$(calculate %.0f "($after - $before) * 1024 / ($children ? $children : 1)")
early=$(tenth 0 10)
late=$(tenth 90 100)
result million tunnels "" "$children" ""
result million tunnels_per_second "up=first-tenth" "$early" per-second
result million tunnels_per_second "up=last-tenth" "$late" per-second
result million tunnels_per_second "up=all" "$(member tunnels_per_second "$summary")" per-second
result million cpu_per_tunnel "peer=ikehub" "$(member responder_cpu_us "$summary")" us
result million cpu_per_tunnel "peer=ikeload" "$(member initiator_cpu_us "$summary")" us
result million resident_per_tunnel "peer=ikehub" "$bytes" bytes
result million resident "peer=ikehub" "$(calculate %.2f "$after / 1048576")" GiB
result million resident "peer=ikeload" "$initiator" GiB
echo "$children tunnels up in $(member seconds "$summary") s: $(member tunnels_per_second "$summary") a second, $early at the" \
    "first tenth of them, $late at the last; $failed failed, $lost lost in $held s"
echo "$scrapes scrapes of the metrics: $scrape ms, $slowest ms at most; asked, the shard was held up $asked us at most"
result million scrape "tunnels=$children" "$scrape" ms
echo "CPU of a tunnel: ikehubd $(member responder_cpu_us "$summary") us, ikeload $(member initiator_cpu_us "$summary") us"
echo "resident: ikehubd $(calculate %.2f "$after / 1048576") GiB, $bytes bytes a tunnel, replies that are kept for a minute" \
    "included; ikeload $initiator GiB"

bound_at_least million-tunnels "$children" 1000000
bound_at_most million-failed "$((failed + lost))" 0
bound_at_most million-scrape-ms "$slowest" 50 ms
bound_at_most million-ikeload-resident "$initiator" 2 GiB
