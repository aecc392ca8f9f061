# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# What keeping SAs in Redis costs handshakes, how far behind it is, and how fast another node has them
# minutes: 8
# needs: bench cluster

# Cost: as of `failover`, with Redis in the place of the embedded store; Redis has core 1 with ikeload.
#
# Lag: while the tunnels of the takeover are made, as many a second as the one shard of the first node can, it is asked again
# and again how old the oldest record is that Redis does not have.
#
# Takeover: the first node is killed. A second one, which serves an estate of its own with two shards on both cores, is told by
# ikehubctl to adopt the estate of the first. The time is that of the command: the claim, reading, opening and resuming. The
# daemon tells the last three apart: what it waited for Redis, what opening records and making SAs again took, each of
# the slower shard. Resuming is an ISAKMP SA and a child for each tunnel.
#
# BENCH_ROUNDS     rounds of the cost (default: 5)
# BENCH_TUNNELS    tunnels of a round, for each daemon (default: 2000)
# BENCH_TAKEOVER   tunnels that are taken over (default: 100000); the bounds are for as many. A million needs 8 GB of
#                  memory and, to be made, some minutes for each 100,000: BENCH_MINUTES

# shellcheck source=bench/suites/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

rounds=${BENCH_ROUNDS:-5}
tunnels=${BENCH_TUNNELS:-2000}
taken=${BENCH_TAKEOVER:-100000}
plain_port=15560
node_port=15562
redis_port=15564

# quiet NAME PID: until the daemon counts nothing that waits to be written.
quiet() {
    local tries
    for ((tries = 0; tries < 300; tries++)); do
        statistics "$1" "$2"
        [[ $line == *" store_queue="* ]] || return 0
        sleep 0.1
    done
    echo "the daemon '$1' does not write what it has" >&2
    return 1
}

# round NAME PORT PID NUMBER: sets `each` to the microseconds of its shard for a tunnel.
round() {
    local before after
    before=$(shard_ns "$3")
    load "$2" --proposal aes128-sha256-ecp256 --count "$tunnels" --id-prefix "round$4" --no-delete
    quiet "$1" "$3"
    after=$(shard_ns "$3")
    each=$(calculate %.1f "($after - $before) / 1e3 / $tunnels")
}

# node_config NAME: with an estate for each of the two nodes.
node_config() {
    bench_config "$work/$1.conf"
    cat >>"$work/$1.conf" <<CONF
ikehub {
    store {
        backend = redis
        servers = 127.0.0.1:$redis_port
        node = $1
        key_file = $work/keys
        estates {
            one {
                addresses = 127.0.0.1
            }
            two {
                addresses = 127.0.0.2
            }
        }
    }
}
CONF
}

# served LOG ESTATE: until the daemon serves it.
served() {
    local tries
    for ((tries = 0; tries < 100; tries++)); do
        ! grep -q " event=estate-served estate=$2" "$work/$1.log" || return 0
        sleep 0.1
    done
    echo "the daemon '$1' does not serve estate $2" >&2
    return 1
}

# lags NAME PID FILE: writes how far behind the store is, every 50 ms, until it is killed.
lags() {
    while sleep 0.05; do
        statistics "$1" "$2"
        counter store_lag_ms "$line"
    done >"$3"
}

# quantile FILE PARTS: of the numbers in a file, of a thousand parts.
quantile() {
    sort -n "$1" | awk -v parts="$2" '{ value[NR] = $1 } END { print value[int((NR * parts + 999) / 1000)] }'
}

printf '%064d\n' 7 >"$work/keys"
mkdir "$work/redis"
taskset -c "$initiator_core" redis-server --port "$redis_port" --bind 127.0.0.1 --save '' --appendonly no \
    --dir "$work/redis" >"$work/redis.log" &
redis_pid=$!
helpers+=("$redis_pid")

bench_config "$work/plain.conf"
node_config one
node_config two
bench_daemon plain "$plain_port" --config "$work/plain.conf" --shards 1
plain_pid=$daemon_pid
bench_daemon one "$node_port" --config "$work/one.conf" --shards 1
one_pid=$daemon_pid
served one one

echo "CPU of the shard in us per tunnel, ecp256, $tunnels tunnels a round, 64 at a time"
echo "round    plain    redis     over   ratio"
for ((i = 0; i < rounds; i++)); do
    round plain "$plain_port" "$plain_pid" "$i"
    plain=$each
    round one "$node_port" "$one_pid" "$i"
    awk -v i="$i" -v plain="$plain" -v kept="$each" 'BEGIN {
        printf "%5d %8.1f %8.1f %8.1f %7.3f\n", i, plain, kept, kept - plain, kept / plain
    }'
    echo "over $(calculate %.1f "$each - $plain")" >>"$work/results"
    result takeover cpu_per_tunnel "store=no round=$i" "$plain" us
    result takeover cpu_per_tunnel "store=redis round=$i" "$each" us
done
kill -KILL "$plain_pid"
wait "$plain_pid" 2>/dev/null || true

rest=$((taken > rounds * tunnels ? taken - rounds * tunnels : 0))
echo "$rest tunnels more, as many a second as the node makes"
lags one "$one_pid" "$work/lags" &
lags_pid=$!
helpers+=("$lags_pid")
load "$node_port" --proposal aes128-sha256-ecp256 --count "$rest" --id-prefix rest --no-delete --timeout 0
kill -KILL "$lags_pid"
wait "$lags_pid" 2>/dev/null || true
quiet one "$one_pid"
echo "$(calculate %.0f "$(member tunnels_per_second "$summary")") a second; lag of the store in ms, of $(wc -l <"$work/lags") looks:" \
    "median $(quantile "$work/lags" 500), p99 $(quantile "$work/lags" 990), most $(quantile "$work/lags" 1000)"
result takeover store_lag "quantile=0.99" "$(quantile "$work/lags" 990)" ms

kill -KILL "$one_pid"
wait "$one_pid" 2>/dev/null || true
daemon_start "$work/two.log" --listen 127.0.0.1 --listen 127.0.0.2 --port "$node_port" \
    --port-nat-t "$((node_port + 1))" --config "$work/two.conf" --shards 2 --socket "$work/two.vici"
helpers+=("$daemon_pid")
served two two
before=$(date +%s.%N)
"$build_root/release/shard/ctl/ikehubctl" --socket "$work/two.vici" --timeout 120 adopt one
after=$(date +%s.%N)
revived=$(grep ' event=revived estate=one ' "$work/two.log")
echo "$revived"
seconds=$(calculate %.2f "$after - $before")
each=$(calculate %.2f "$seconds * 1e6 / $taken")
echo "$seconds s, $each us for a tunnel; Redis has $(redis-cli -p "$redis_port" info memory | sed -n 's/^used_memory_human:\(.*\)\r$/\1/p'), the" \
    "survivor $(calculate %.0f "$(resident_bytes "$daemon_pid") / 1024") kB"
result takeover takeover "part=all tunnels=$taken" "$seconds" s
for part in read open resume; do
    result takeover takeover "part=$part tunnels=$taken" "$(calculate %.3f "$(counter "${part}_ms" "$revived ") / 1000")" s
done

bound_at_most keep-redis-us "$(median over)" 10 us
bound_at_most store-lag-p99-ms "$(quantile "$work/lags" 990)" 50 ms
bound_at_least taken-over-tunnels "$(counter children "$revived ")" "$taken"
bound_at_most "takeover-$taken-s" "$seconds" "$(calculate %.2f "$taken * 3e-5")" s
