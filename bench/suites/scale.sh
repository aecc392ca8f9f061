# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# CPU time per handshake with several shards and with many tunnels up; residence under load
# minutes: 8

# Main mode with a preshared key and P-256, one quick mode without PFS. All daemons are on core 0, whatever the number
# of their shards, and ikeload on core 1. What is compared is measured in turns within a round, because the speed of a
# virtual machine changes from one second to the next; the bounds are on the medians of the rounds. Several shards on
# one core show what it costs to split the work, smaller batches and more wakeups, and not what shards on cores of
# their own do to each other's caches. So that it is the work that is split and not the load of one shard, 512
# handshakes are under way at a time there, which is 64 for each of eight shards.
#
# BENCH_ROUNDS     rounds (default: 9)
# BENCH_TUNNELS    tunnels that are up in the one case; in the other it is 1000 (default: 200000)

# shellcheck source=bench/suites/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

rounds=${BENCH_ROUNDS:-9}
tunnels=${BENCH_TUNNELS:-200000}
proposal=(--proposal aes128-sha256-ecp256)
per_round=4000
received=5 # datagrams of a handshake that a responder receives: three of main mode, two of quick mode

# cost NAME CONCURRENCY: sets `responder` to the microseconds of CPU of the daemon for each handshake.
cost() {
    load "${port[$1]}" "${proposal[@]}" --count "$per_round" --concurrency "$2" --responder-pid "${pid[$1]}" \
        --id-prefix new --local-ts 10.128.0.0/9+32
    responder=$(member responder_cpu_us "$summary")
}

note() {
    echo "$1 $2" >>"$work/results"
}

declare -A port=([one]=15520 [two]=15522 [eight]=15524 [few]=15526 [many]=15528 [calm]=15530)
declare -A shards=([one]=1 [two]=2 [eight]=8 [few]=1 [many]=1)
declare -A up=([one]=0 [two]=0 [eight]=0 [few]=1000 [many]=$tunnels)
declare -A concurrency=([one]=512 [two]=512 [eight]=512 [few]=64 [many]=64)
declare -A pid
bench_config "$work/ikehub.conf"
cat >>"$work/ikehub.conf" <<'CONF'
ikehub {
    block_threshold = 1000
}
CONF
for name in one two eight few many; do
    bench_daemon "$name" "${port[$name]}" --config "$work/ikehub.conf" --shards "${shards[$name]}"
    pid[$name]=$daemon_pid
done
load_hold "${port[few]}" "${proposal[@]}" --count 1000
load_hold "${port[many]}" "${proposal[@]}" --count "$tunnels" --timeout 1800

echo "CPU in us per handshake, $per_round handshakes a figure and round, 64 at a time, with shards 512"
echo "  bare DH  UDP echo  the rest      over   1 shard  2 shards  8 shards   1000 up  $tunnels up"
for ((i = 0; i < rounds; i++)); do
    echo_cost "$received"
    floor_start ecp256 250
    cost one 64
    floor_stop
    over=$(calculate %.1f "$responder - $bare")
    note over "$over"
    result scale floor "group=ecp256 round=$i" "$bare" us
    result scale udp_echo "datagrams=$received round=$i" "$echo_us" us
    result scale cpu_over_floor "group=ecp256 round=$i" "$over" us
    row=$(printf '%9s %9s %9s %9s' "$bare" "$echo_us" "$(calculate %.1f "$over - $echo_us")" "$over")
    for name in one two eight few many; do
        cost "$name" "${concurrency[$name]}"
        row+=$(printf ' %9s' "$responder")
        labels="shards=${shards[$name]} tunnels=${up[$name]} round=$i"
        result scale cpu_per_tunnel "$labels" "$responder" us
        case $name in
            one | few) base=$responder ;;
            *)
                ratio=$(calculate %.3f "$responder / $base")
                note "$name" "$ratio"
                result scale cpu_ratio "$labels" "$ratio" ""
                ;;
        esac
        [ "$name" != one ] || note cost "$responder"
    done
    echo "$row"
done

# 70 % of what one core of this machine can do, as measured above, for five seconds with a daemon of its own.
rate=$(calculate %.0f "0.7 * 1e6 / $(median cost)")
bench_daemon calm "${port[calm]}" --config "$work/ikehub.conf" --shards 1
load "${port[calm]}" "${proposal[@]}" --rate "$rate" --count "$((5 * rate))" --responder-pid "$daemon_pid"
statistics calm "$daemon_pid"
for part in p50 p99 max; do
    result scale "residence_$part" "percent=70" "$(counter "residence_${part}_us" "$line")" us
done
echo "residence at $rate handshakes a second, asked for at 70 % load:" \
    "$(member tunnels_per_second "$summary") done," \
    "load $(calculate %.2f "$(member tunnels_per_second "$summary") * $(member responder_cpu_us "$summary") / 1e6")," \
    "p50 $(counter residence_p50_us "$line") us, p99 $(counter residence_p99_us "$line") us," \
    "max $(counter residence_max_us "$line") us"

bound_at_most cpu-ecp256-over-dh-us "$(median over)" 60
bound_at_most cpu-2-shards-ratio "$(median two)" 1.05
bound_at_most cpu-8-shards-ratio "$(median eight)" 1.15
bound_at_most "cpu-$tunnels-tunnels-ratio" "$(median many)" 1.10
bound_at_most residence-p99-us "$(counter residence_p99_us "$line")" 2000
