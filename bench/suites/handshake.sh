# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# CPU time of a responder per handshake, against the bare Diffie-Hellman work
# minutes: 3

# One ikehubd on core 0 answers main mode with a preshared key and one quick mode without PFS; ikeload on core 1 makes
# the tunnels. What the bare work costs is measured meanwhile: dh_floor does what a handshake cannot do without, the key
# generation and the derivation, on the same core in turns with the daemon. The speed of a virtual machine can change by
# half from one second to the next, and so it changes for both. Throughput and latency are those of a daemon that has
# half a core; the bounds are on the median of the rounds. Both have OpenSSL; what the vector unit makes of it is measured by
# the suite "dh".
#
# BENCH_ROUNDS     rounds (default: 9)

# shellcheck source=bench/suites/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

rounds=${BENCH_ROUNDS:-9}
port=15510

bench_config "$work/ikehub.conf"
echo 'ikehub { crypto = openssl }' >>"$work/ikehub.conf"

# round GROUP COUNT FLOOR-COUNT NUMBER: a line of the table on stdout, and "GROUP-over US" and "GROUP-ratio RATIO" in the
# results.
round() {
    local group=$1 count=$2 labels="group=$1 round=$4" bare summary responder
    floor_start "$group" "$3"
    load "$port" --proposal "aes128-sha256-$group" --count "$count" --responder-pid "$daemon_pid"
    floor_stop
    responder=$(member responder_cpu_us "$summary")
    awk -v group="$group" -v bare="$bare" -v responder="$responder" 'BEGIN {
        printf "%s-over %.0f\n%s-ratio %.2f\n", group, responder - bare, group, responder / bare
    }' >>"$work/results"
    result handshake floor "$labels" "$bare" us
    result handshake cpu_per_tunnel "$labels" "$responder" us
    result handshake cpu_over_floor "$labels" "$(calculate %.1f "$responder - $bare")" us
    result handshake cpu_ratio "$labels" "$(calculate %.3f "$responder / $bare")" ""
    awk -v group="$group" -v bare="$bare" -v responder="$responder" -v rate="$(member tunnels_per_second "$summary")" \
        -v p50="$(member p50 "$summary")" -v p99="$(member p99 "$summary")" 'BEGIN {
        printf "%-9s %9.1f %11.1f %7.1f %7.3f %10.0f %8.1f %8.1f\n", group, bare, responder, responder - bare,
            responder / bare, rate, p50 / 1000, p99 / 1000
    }'
}

bench_daemon hub "$port" --config "$work/ikehub.conf" --shards 1

echo "CPU in us per handshake, latency in ms; 1000 (modp2048) and 4000 (ecp256) handshakes a round, 64 at a time"
echo "group       bare DH   responder    over   ratio  tunnels/s      p50      p99"
for ((i = 0; i < rounds; i++)); do
    round modp2048 1000 30 "$i"
    round ecp256 4000 250 "$i"
done
daemon_stop

bound_at_most cpu-modp2048-ratio "$(median modp2048-ratio)" 1.25
bound_at_most cpu-ecp256-over-dh-us "$(median ecp256-over)" 120
