# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: BSD-2-Clause
# What the benchmarks share; some functions set variables for their callers. Sourced first by every suite; bench/run has
# built the release preset.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=deploy/lib/build.sh
. "$root/deploy/lib/build.sh"
# shellcheck source=deploy/lib/daemon.sh
. "$root/deploy/lib/daemon.sh"

# What a suite measures is kept for bench/run all, which makes tables and plots of it, in build/bench/results/SUITE.csv,
# begun anew by each run of the suite:
#
#     suite,metric,labels,value,unit
#     peers,cpu_per_tunnel,peer=ikehub case=psk-ecp256 round=1,131.2,us
#     peers,bound,name=cpu-psk-ecp256 limit=0.2 sense=at-most verdict=holds,0.17,
#
# METRIC has the same name wherever it is the same thing. LABELS is KEY=VALUE, separated by spaces; neither keys nor values
# have spaces, commas or quotes. VALUE is a number without thousands separators, empty where it could not be had. UNIT is us,
# ms, s, bytes, per-second, percent or another word, empty for counts and ratios. Each bound is kept as well.
suite=$(basename "$0" .sh)
results_file=$build_root/bench/results/$suite.csv
mkdir -p "${results_file%/*}"
echo "suite,metric,labels,value,unit" >"$results_file"

# result SUITE METRIC LABELS VALUE UNIT: one line more.
result() {
    printf '%s,%s,%s,%s,%s\n' "$1" "$2" "$3" "$4" "$5" >>"$results_file"
}

# context NAME TEXT: where and with what the suite runs. TEXT has its spaces as underscores, and no commas.
context() {
    local words=${2//,/;}
    [ -z "$words" ] || result "$suite" context "name=$1 text=${words// /_}" "" ""
}

# first NAME FILE: what stands behind NAME and a separator in the first line that begins so.
first() {
    sed -nE "s/^$1[[:space:]]*[:=][[:space:]]*\"?([^\"]*)\"?\$/\1/p" "$2" | head -n 1
}

tell_context() {
    context date "$(date -u '+%Y-%m-%d %H:%M UTC')"
    context commit "$(git -C "$root" describe --always --dirty 2>/dev/null || true)"
    context cpu "$(first 'model name' /proc/cpuinfo)"
    context cores "$(nproc)"
    context memory "$(awk '$1 == "MemTotal:" { printf "%.1f GiB", $2 / 1048576 }' /proc/meminfo)"
    context virtual "$(systemd-detect-virt 2>/dev/null || true)"
    context kernel "$(uname -r)"
    context os "$(first PRETTY_NAME /etc/os-release)"
    context compiler "$(gcc -dumpfullversion | sed 's/^/gcc /')"
    context openssl "$(pkg-config --modversion libcrypto)"
    context load "$(cut -d ' ' -f 1 /proc/loadavg)"
}
tell_context

# bound NAME VALUE LIMIT UNIT SIGN: one line for a bound; numbers may have fractions. SIGN -1: VALUE is at least LIMIT.
bound() {
    local verdict sense=at-most
    [ "$5" -gt 0 ] || sense=at-least
    verdict=$(awk -v value="$2" -v limit="$3" -v sign="$5" 'BEGIN {
        print value != "" && sign * value <= sign * limit ? "holds" : "missed"
    }')
    echo "bound $1: $2${4:+ $4} (limit $3${4:+ $4}) $verdict"
    result "$suite" bound "name=${1// /-} limit=$3 sense=$sense verdict=$verdict" "$2" "$4"
}

# bound_at_most NAME VALUE LIMIT [UNIT], bound_at_least NAME VALUE LIMIT [UNIT]
bound_at_most() {
    bound "$1" "$2" "$3" "${4:-}" 1
}

bound_at_least() {
    bound "$1" "$2" "$3" "${4:-}" -1
}

programs=$build_root/release/bench
responder_core=0
initiator_core=$(($(nproc) > 1 ? 1 : 0))

# Processes to be killed on the way out, besides the daemon that was started last.
helpers=()

umask 077
work=$(mktemp -d)
trap 'clean_up 2>/dev/null' EXIT

clean_up() {
    daemon_kill
    [ ${#helpers[@]} -eq 0 ] || kill -KILL "${helpers[@]}" || true
    wait || true
    rm -rf "$work"
}

# bench_config FILE [LINE]: a daemon's file: preshared keys, one child; LINE is one more line of the connection.
bench_config() {
    cat >"$1" <<CONF
connections {
    bench {
        version = 1
        local_addrs = 127.0.0.1
        remote_addrs = 127.0.0.0/8
        proposals = aes128-sha256-modp2048, aes128-sha256-ecp256
        ${2:-}
        local {
            auth = psk
            id = hub.example
        }
        remote {
            auth = psk
            id = *.example
        }
        children {
            net {
                local_ts = 192.168.0.0/16
                remote_ts = 10.0.0.0/8
                esp_proposals = aes128-sha256
            }
        }
    }
}
secrets {
    ike-bench {
        secret = benchmark
    }
}
CONF
}

# family PID: it and the processes that descend from it, one a line: a daemon may be several.
family() {
    local child
    echo "$1"
    cat "/proc/$1/task/"*/children 2>/dev/null | tr ' ' '\n' | while read -r child; do
        [ -z "$child" ] || family "$child"
    done
}

# pin CORE PID: all threads of the family.
pin() {
    local process
    for process in $(family "$2"); do
        taskset -acp "$1" "$process" >/dev/null
    done
}

# cpu_ns PID: CPU time of all threads of the family.
cpu_ns() {
    local process
    for process in $(family "$1"); do
        cat "/proc/$process/task/"*/schedstat
    done | awk '{ sum += $1 } END { printf "%.0f", sum }'
}

# resident_bytes PID: of the family; what its processes share is counted for each.
resident_bytes() {
    local process
    for process in $(family "$1"); do
        awk '$1 == "VmRSS:" { print $2 * 1024 }' "/proc/$process/status"
    done | awk '{ sum += $1 } END { printf "%.0f", sum }'
}

# bench_daemon NAME PORT ARGUMENT...: one of several daemons, on the responders' core: $daemon_pid until the next one is
# started, its log in $work/NAME.log. PORT + 1 is taken as well.
bench_daemon() {
    local name=$1 port=$2
    shift 2
    daemon_start "$work/$name.log" --listen 127.0.0.1 --port "$port" --port-nat-t "$((port + 1))" "$@"
    pin "$responder_core" "$daemon_pid"
    helpers+=("$daemon_pid")
}

# floor_start GROUP COUNT: begins to measure the bare work; COUNT times make a round of some 20 ms.
floor_start() {
    taskset -c "$responder_core" "$programs/load/dh_floor" --rounds 10000 --count "$2" "$1" >"$work/floor" &
    floor_pid=$!
    helpers+=("$floor_pid")
}

# floor_stop: ends it and sets `bare` to the microseconds of CPU.
floor_stop() {
    kill -TERM "$floor_pid"
    wait "$floor_pid"
    bare=$(awk '$2 == "mean" { print $5 }' "$work/floor")
}

# echo_cost COUNT: sets `echo_us` to the CPU of COUNT datagrams that a ring receives and answers, 64 under way at a time,
# on the responders' core.
echo_cost() {
    local each
    each=$(taskset -c "$responder_core,$initiator_core" "$programs/micro/ring_echo" --window 64 \
        --core "$responder_core" --client-core "$initiator_core" 20000)
    echo_us=$(calculate %.1f "$1 * $each")
}

# load PORT ARGUMENT...: sets `summary` to ikeload's, of tunnels with the daemon at PORT. That one fails is an error.
load() {
    local port=$1
    shift
    summary=$(taskset -c "$initiator_core" "$programs/load/ikeload" --target "127.0.0.1:$port" --psk benchmark \
        --json "$@" 2>"$work/load.log") || {
        tail -n 3 "$work/load.log" >&2
        echo "ikeload: $summary" >&2
        return 1
    }
}

# load_some PORT ARGUMENT...: the same, and `failed` to how many did not come up, which is told and no error.
load_some() {
    load "$@" 2>>"$work/errors" || [ -n "$summary" ] || {
        cat "$work/errors" >&2
        return 1
    }
    failed=$(member failed "$summary")
}

# load_hold PORT ARGUMENT...: returns when the tunnels are up, which stay until the suite ends.
load_hold() {
    local port=$1 pid
    shift
    taskset -c "$initiator_core" "$programs/load/ikeload" --target "127.0.0.1:$port" --psk benchmark --json \
        --hold --no-delete "$@" >"$work/hold" 2>"$work/hold.log" &
    pid=$!
    helpers+=("$pid")
    until grep -qs '^holding' "$work/hold.log"; do
        if ! kill -0 "$pid" 2>/dev/null; then
            tail -n 3 "$work/hold.log" "$work/hold" >&2
            return 1
        fi
        sleep 0.2
    done
}

# member NAME TEXT: a number out of ikeload's JSON.
member() {
    sed -nE 's/.*"'"$1"'":([0-9.]+).*/\1/p' <<<"$2"
}

# statistics NAME PID: sets `line` to what the daemon whose log is $work/NAME.log counts now.
statistics() {
    local before tries
    before=$(grep -c ' event=statistics ' "$work/$1.log") || true
    kill -USR1 "$2"
    for ((tries = 0; tries < 100; tries++)); do
        if [ "$(grep -c ' event=statistics ' "$work/$1.log")" -gt "$before" ]; then
            line=$(grep ' event=statistics ' "$work/$1.log" | tail -n 1)
            return 0
        fi
        sleep 0.1
    done
    echo "the daemon '$1' tells no statistics" >&2
    return 1
}

# counter NAME LINE: a counter of a line of statistics; 0 if it is not there.
counter() {
    local value
    value=$(sed -nE 's/.* '"$1"'=([0-9]+).*/\1/p' <<<"$2")
    echo "${value:-0}"
}

# threads NAME PID: the threads of the family whose names begin so, one a line.
threads() {
    local process task
    for process in $(family "$2"); do
        for task in "/proc/$process/task/"*; do
            [[ $(<"$task/comm") != "$1"* ]] || basename "$task"
        done
    done
}

# shard_ns PID: CPU time of its shards.
shard_ns() {
    local thread
    for thread in $(threads shard "$1"); do
        cat "/proc/$thread/schedstat"
    done | awk '{ sum += $1 } END { printf "%.0f", sum }'
}

# quiet NAME PID: until the daemon counts nothing that waits to be written.
quiet() {
    local tries
    for ((tries = 0; tries < 100; tries++)); do
        statistics "$1" "$2"
        [[ $line == *" store_queue="* ]] || return 0
        sleep 0.1
    done
    echo "the daemon '$1' does not write what it has" >&2
    return 1
}

# median NAME: of all lines "NAME VALUE" in $work/results.
median() {
    awk -v name="$1" '$1 == name { print $2 }' "$work/results" | sort -n |
        awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'
}

# calculate FORMAT EXPRESSION: with fractions.
calculate() {
    awk "BEGIN { printf \"$1\", $2 }"
}
