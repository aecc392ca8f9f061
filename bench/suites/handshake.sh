# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# CPU time of a responder per handshake, against the bare Diffie-Hellman work

# One ikehubd on core 0 answers main mode with a preshared key and one quick mode without PFS; ikeload on core 1 makes
# the tunnels. What the bare work costs is measured meanwhile: dh_floor does what a handshake cannot do without, the key
# generation and the derivation, on the same core in turns with the daemon. The speed of a virtual machine can change by
# half from one second to the next, and so it changes for both. Throughput and latency are those of a daemon that has
# half a core; the bounds are on the median of the rounds.
#
# BENCH_ROUNDS     rounds (default: 9)

# shellcheck source=bench/suites/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

rounds=${BENCH_ROUNDS:-9}
programs=$build_root/release/bench/load
responder_core=0
initiator_core=$(($(nproc) > 1 ? 1 : 0))
port=15510 port_nat_t=15511

floor_pid=

umask 077
work=$(mktemp -d)
trap 'daemon_kill; [ -z "$floor_pid" ] || kill "$floor_pid"; rm -rf "$work"' EXIT

cat >"$work/ikehub.conf" <<'CONF'
connections {
    bench {
        version = 1
        local_addrs = 127.0.0.1
        remote_addrs = 127.0.0.0/8
        proposals = aes128-sha256-modp2048, aes128-sha256-ecp256
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

# floor_start GROUP COUNT: begins to measure the bare work; COUNT times make a round of some 20 ms.
floor_start() {
    taskset -c "$responder_core" "$programs/dh_floor" --rounds 10000 --count "$2" "$1" >"$work/floor" &
    floor_pid=$!
}

# floor_stop: ends it and sets `bare` to the microseconds of CPU.
floor_stop() {
    kill -TERM "$floor_pid"
    wait "$floor_pid"
    floor_pid=
    bare=$(awk '$2 == "mean" { print $5 }' "$work/floor")
}

# member NAME TEXT: a number out of ikeload's JSON.
member() {
    sed -nE 's/.*"'"$1"'":([0-9.]+).*/\1/p' <<<"$2"
}

# round GROUP COUNT FLOOR-COUNT: a line of the table on stdout, and "GROUP OVER RATIO" in the results.
round() {
    local group=$1 count=$2 bare summary responder
    floor_start "$group" "$3"
    summary=$(taskset -c "$initiator_core" "$programs/ikeload" --target "127.0.0.1:$port" --psk benchmark \
        --proposal "aes128-sha256-$group" --count "$count" --responder-pid "$daemon_pid" --json 2>"$work/load.log") || {
        cat "$work/load.log" >&2
        echo "ikeload: $summary" >&2
        return 1
    }
    floor_stop
    responder=$(member responder_cpu_us "$summary")
    awk -v group="$group" -v bare="$bare" -v responder="$responder" 'BEGIN {
        printf "%s %.0f %.2f\n", group, responder - bare, responder / bare
    }' >>"$work/results"
    awk -v group="$group" -v bare="$bare" -v responder="$responder" -v rate="$(member tunnels_per_second "$summary")" \
        -v p50="$(member p50 "$summary")" -v p99="$(member p99 "$summary")" 'BEGIN {
        printf "%-9s %9.1f %11.1f %7.1f %7.3f %10.0f %8.1f %8.1f\n", group, bare, responder, responder - bare,
            responder / bare, rate, p50 / 1000, p99 / 1000
    }'
}

# median_of GROUP COLUMN: the median over the rounds of a column of the results.
median_of() {
    awk -v group="$1" -v column="$2" '$1 == group { print $column }' "$work/results" | sort -n |
        awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'
}

daemon_start "$work/ikehubd.log" --config "$work/ikehub.conf" --shards 1 --listen 127.0.0.1 --port "$port" \
    --port-nat-t "$port_nat_t"
taskset -acp "$responder_core" "$daemon_pid" >/dev/null

echo "CPU in us per handshake, latency in ms; 1000 (modp2048) and 4000 (ecp256) handshakes a round, 64 at a time"
echo "group       bare DH   responder    over   ratio  tunnels/s      p50      p99"
for ((i = 0; i < rounds; i++)); do
    round modp2048 1000 30
    round ecp256 4000 250
done
daemon_stop

bound_at_most cpu-modp2048-ratio "$(median_of modp2048 3)" 1.25
bound_at_most cpu-ecp256-over-dh-us "$(median_of ecp256 2)" 120
