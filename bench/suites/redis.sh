# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# What keeping SAs in Redis costs handshakes, and what they notice when Redis fails
# minutes: 4
# needs: bench cluster

# Cost: two daemons on core 0, one of which keeps its SAs in a Redis server on core 1, answer in turns to the tunnels that
# ikeload makes on core 1. What is compared is the CPU time of the shards' threads, until all is written: per tunnel main
# mode, quick mode, two records. The bound is on the median of the rounds' differences.
#
# Faults: a daemon for each, with tunnels asked for at a steady rate, while its server is stopped (SIGSTOP), or killed, and
# goes on, or comes back empty, three seconds later. `max` is the longest that a message stayed in the daemon, its time in
# the socket's queue included, so a shard that waits for Redis shows in it; p99 is the same of 99 in 100. The bounds are on
# what p99 has more than without a fault, and on handshakes that failed.
#
# BENCH_ROUNDS     rounds of the cost (default: 9)
# BENCH_TUNNELS    tunnels of a round, for each daemon (default: 2000)
# BENCH_RATE       tunnels a second while Redis fails (default: 300)

# shellcheck source=bench/suites/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

rounds=${BENCH_ROUNDS:-9}
tunnels=${BENCH_TUNNELS:-2000}
rate=${BENCH_RATE:-300}
port=15650
redis_port=15670
redis_pid=

# redis_start: an empty server.
redis_start() {
    local tries
    taskset -c "$initiator_core" redis-server --port "$redis_port" --bind 127.0.0.1 --save "" --appendonly no \
        --dir "$work" >>"$work/redis.log" 2>&1 &
    redis_pid=$!
    helpers+=("$redis_pid")
    for ((tries = 0; tries < 100; tries++)); do
        ! redis-cli -p "$redis_port" ping >/dev/null 2>&1 || return 0
        sleep 0.1
    done
    echo "redis-server does not answer" >&2
    return 1
}

redis_kill() {
    kill -KILL "$redis_pid"
    wait "$redis_pid" 2>/dev/null || true
}

# kept_config FILE ESTATE: a daemon that keeps its SAs.
kept_config() {
    bench_config "$1"
    cat >>"$1" <<CONF
ikehub {
    store {
        backend = redis
        servers = 127.0.0.1:$redis_port
        estate = $2
        key_file = $work/keys
    }
}
CONF
}

# round NAME PORT PID NUMBER: sets `each` to the microseconds of its shard for a tunnel.
round() {
    local before
    before=$(shard_ns "$3")
    load "$2" --proposal aes128-sha256-ecp256 --count "$tunnels" --id-prefix "round$4" --no-delete
    quiet "$1" "$3"
    each=$(calculate %.1f "($(shard_ns "$3") - $before) / 1e3 / $tunnels")
}

# fault NAME: what becomes of the server; fault_over NAME: and what after that.
fault() {
    case $1 in
        paused) kill -STOP "$redis_pid" ;;
        killed) redis_kill ;;
    esac
}

fault_over() {
    case $1 in
        paused) kill -CONT "$redis_pid" ;;
        killed) redis_start ;;
    esac
}

# scenario NAME: sets `p99`, `max` in microseconds, `failed` handshakes.
scenario() {
    local loader
    port=$((port + 2))
    kept_config "$work/$1.conf" "$1"
    bench_daemon "$1" "$port" --config "$work/$1.conf" --shards 1
    taskset -c "$initiator_core" "$programs/load/ikeload" --target "127.0.0.1:$port" --psk benchmark --json \
        --proposal aes128-sha256-ecp256 --rate "$rate" --count "$((8 * rate))" --id-prefix "$1" --no-delete \
        >"$work/$1.json" 2>/dev/null &
    loader=$!
    helpers+=("$loader")
    sleep 2
    fault "$1"
    sleep 3
    fault_over "$1"
    wait "$loader" || true
    quiet "$1" "$daemon_pid"
    p99=$(counter residence_p99_us "$line ")
    max=$(counter residence_max_us "$line ")
    failed=$(member failed "$(cat "$work/$1.json")")
    result redis residence_p99 "fault=$1" "$p99" us
    result redis residence_max "fault=$1" "$max" us
    printf '%8s %10s %10s %8s\n' "$1" "$p99" "$max" "$failed"
    kill -KILL "$daemon_pid"
    wait "$daemon_pid" 2>/dev/null || true
}

printf '%064d\n' 1 >"$work/keys"
redis_start
bench_config "$work/plain.conf"
kept_config "$work/kept.conf" kept
bench_daemon plain "$port" --config "$work/plain.conf" --shards 1
plain_pid=$daemon_pid
port=$((port + 2))
bench_daemon kept "$port" --config "$work/kept.conf" --shards 1
kept_pid=$daemon_pid

echo "CPU of the shard in us per tunnel, ecp256, $tunnels tunnels a round, 64 at a time"
echo "round    plain    redis     over"
for ((i = 0; i < rounds; i++)); do
    round plain "$((port - 2))" "$plain_pid" "$i"
    plain=$each
    round kept "$port" "$kept_pid" "$i"
    awk -v i="$i" -v plain="$plain" -v kept="$each" 'BEGIN {
        printf "%5d %8.1f %8.1f %8.1f\n", i, plain, kept, kept - plain
    }'
    echo "over $(calculate %.1f "$each - $plain")" >>"$work/results"
    result redis cpu_per_tunnel "store=no round=$i" "$plain" us
    result redis cpu_per_tunnel "store=redis round=$i" "$each" us
done
kill -KILL "$plain_pid" "$kept_pid"
wait "$plain_pid" "$kept_pid" 2>/dev/null || true

echo "$rate tunnels a second while Redis fails; how long messages stay in the daemon, in us"
echo "   fault        p99        max   failed"
scenario none
calm=$p99
sum_failed=$failed
worst=0
for name in paused killed; do
    scenario "$name"
    sum_failed=$((sum_failed + failed))
    [ $((p99 - calm)) -le "$worst" ] || worst=$((p99 - calm))
done

bound_at_most keep-redis-us "$(median over)" 10 us
bound_at_most failed-handshakes "$sum_failed" 0
bound_at_most p99-over-calm-us "$worst" 2000 us
