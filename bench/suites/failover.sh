# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# What keeping SAs costs handshakes, and how fast they are back
# minutes: 5
# needs: bench

# Cost: two daemons on core 0, one of which keeps its SAs in the embedded store, answer in turns to the tunnels that ikeload
# makes on core 1, where the store's own thread is, too. What is compared is the CPU time of the shards' threads, until
# all that was made is on the disk: per tunnel main mode, quick mode, two records. The bound is on the median of the
# rounds' differences.
#
# Way back: the daemon is killed and started again with two shards, on both cores. The time is its own, from its start
# until the last one is resumed, an ISAKMP SA and a child each; 100,000 and a million are as many times that of one.
#
# Timeline: the daemon that came back is killed once more and started again, while new tunnels are asked for at a steady
# rate; its log and its successor's tell when tunnels came up.
#
# store_cost does the same without a daemon: first what a shard does to keep a tunnel, then what it does to have it back
# but resume it.
#
# BENCH_ROUNDS     rounds (default: 9)
# BENCH_TUNNELS    tunnels of a round, for each daemon (default: 2000)
# BENCH_RATE       new tunnels a second of the timeline (default: 500)

# shellcheck source=bench/suites/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

rounds=${BENCH_ROUNDS:-9}
tunnels=${BENCH_TUNNELS:-2000}
plain_port=15550
rate=${BENCH_RATE:-500}
kept_port=15552

# round NAME PORT PID NUMBER: sets `each` to the microseconds of its shard for a tunnel.
round() {
    local before after
    before=$(shard_ns "$3")
    load "$2" --proposal aes128-sha256-ecp256 --count "$tunnels" --id-prefix "round$4" --no-delete
    quiet "$1" "$3"
    after=$(shard_ns "$3")
    each=$(calculate %.1f "($after - $before) / 1e3 / $tunnels")
}

# revive NAME: a daemon in the place of the one that was killed; returns when it has its SAs back.
revive() {
    local tries
    daemon_start "$work/$1.log" --listen 127.0.0.1 --port "$kept_port" --port-nat-t "$((kept_port + 1))" \
        --config "$work/kept.conf" --shards 2
    helpers+=("$daemon_pid")
    for ((tries = 0; tries < 600; tries++)); do
        ! grep -q ' event=revived ' "$work/$1.log" || return 0
        sleep 0.1
    done
}

bench_config "$work/plain.conf"
bench_config "$work/kept.conf"
cat >>"$work/kept.conf" <<CONF
ikehub {
    store {
        directory = $work/store
    }
}
CONF

bench_daemon plain "$plain_port" --config "$work/plain.conf" --shards 1
plain_pid=$daemon_pid
bench_daemon kept "$kept_port" --config "$work/kept.conf" --shards 1
kept_pid=$daemon_pid
taskset -cp "$initiator_core" "$(threads store "$kept_pid")" >/dev/null

echo "CPU of the shard in us per tunnel, ecp256, $tunnels tunnels a round, 64 at a time"
echo "round    plain     kept     over   ratio"
for ((i = 0; i < rounds; i++)); do
    round plain "$plain_port" "$plain_pid" "$i"
    plain=$each
    round kept "$kept_port" "$kept_pid" "$i"
    awk -v i="$i" -v plain="$plain" -v kept="$each" 'BEGIN {
        printf "%5d %8.1f %8.1f %8.1f %7.3f\n", i, plain, kept, kept - plain, kept / plain
    }'
    echo "over $(calculate %.1f "$each - $plain")" >>"$work/results"
    result failover cpu_per_tunnel "store=no round=$i" "$plain" us
    result failover cpu_per_tunnel "store=embedded round=$i" "$each" us
done

echo "the daemon is killed with $((rounds * tunnels)) tunnels"
kill -KILL "$kept_pid"
wait "$kept_pid" 2>/dev/null || true
revive again
revived=$(grep ' event=revived ' "$work/again.log")
echo "$revived"
each=$(calculate %.2f "$(counter ms "$revived ") * 1e3 / $((rounds * tunnels))")
[ -n "$revived" ]
echo "$each us each: $(calculate %.1f "$each * 0.1") s for 100,000 tunnels, $(calculate %.1f "$each") s for a million"

result failover revived "store=embedded" "$(counter children "$revived ")" ""
result failover revive_each "store=embedded" "$each" us

echo "it is killed once more, while $rate tunnels a second are asked for"
taskset -c "$initiator_core" "$programs/load/ikeload" --target "127.0.0.1:$kept_port" --psk benchmark --json \
    --proposal aes128-sha256-ecp256 --rate "$rate" --count "$((10 * rate))" --concurrency "$((10 * rate))" \
    --id-prefix through --no-delete --timeout 40 >"$work/through" 2>&1 &
through=$!
helpers+=("$through")
sleep 4
killed_at=$(date +%s.%N)
kill -KILL "$daemon_pid"
wait "$daemon_pid" 2>/dev/null || true
revive third
wait "$through" || true
echo "$(member up "$(cat "$work/through")") of $((10 * rate)) came up"
python3 "$root/bench/report/timeline.py" "$killed_at" "$work/again.log" "$work/third.log" >"$work/timeline"
while read -r kind at what; do
    case $kind in
        event)
            echo "$what after $at s"
            result failover event "name=$what" "$at" s
            ;;
        new) result failover timeline "series=new at=$at" "$what" per-second ;;
        held) result failover timeline "series=held at=$at" "$what" "" ;;
    esac
done <"$work/timeline"

"$programs/micro/store_cost" "$work/cost" "$tunnels"

bound_at_most keep-embedded-us "$(median over)" 10 us
bound_at_least revived-tunnels "$(counter children "$revived ")" "$((rounds * tunnels))"
bound_at_most revive-100000-s "$(calculate %.2f "$each * 0.1")" 3 s
bound_at_most revive-million-s "$each" 30 s
