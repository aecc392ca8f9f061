# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# the control socket: a listing of many tunnels, and how long it holds up a shard; what separated privileges and keys cost
# minutes: 10
# needs: signing

# The time is that of ikehubctl, which writes JSON to a file, from its start to its end. A shard's delay is the longest CPU
# time that it has spent on one question of the control thread since it began (asked_max_us), be it a piece of the listing or
# another.
#
# What a signature costs in a process of its own is the CPU time of all processes of a daemon that answers with RSA of 2048
# bits, less that of one with `privileges = none`, per handshake, of which each has one signature of theirs. The two daemons
# take turns, on one core.
#
# What the separation of privileges costs is the difference between two daemons that differ in that alone, and make
# tunnels with preshared keys in turns, so that both have the machine's good and bad seconds.
#
# BENCH_PAIRS      turns of these two (default: 15)
# BENCH_TUNNELS    tunnels that are up (default: 100000)
# BENCH_ROUNDS     listings, and rounds of handshakes (default: 5)
# BENCH_SIGNED     handshakes of a round (default: 1000)

# shellcheck source=bench/suites/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

tunnels=${BENCH_TUNNELS:-100000}
rounds=${BENCH_ROUNDS:-5}
port=15560
control="$work/operate.vici"

pairs=${BENCH_PAIRS:-15}

bench_config "$work/psk.conf"

# handshakes PRIVILEGES PORT PID ROUND: sets `us` to the responder's CPU time for one.
handshakes() {
    local summary
    load "$2" --proposal aes128-sha256-ecp256 --count 4000 --responder-pid "$3"
    us=$(member responder_cpu_us "$summary")
    result operate handshake_cpu "privileges=$1 round=$4" "$us" us
}

bench_daemon separate 15570 --config "$work/psk.conf" --shards 1 --privileges separate --socket none
separate_pid=$daemon_pid
bench_daemon none 15572 --config "$work/psk.conf" --shards 1 --privileges none --socket none
none_pid=$daemon_pid

echo "CPU in us per handshake with a preshared key (ecp256), 4000 a round: privileges separate, none"
for ((i = 0; i < pairs; i++)); do
    handshakes separate 15570 "$separate_pid" "$i"
    separate_us=$us
    handshakes none 15572 "$none_pid" "$i"
    echo "  $separate_us $us"
    echo "separation $(calculate %.1f "$separate_us - $us")" >>"$work/results"
done
kill -TERM "$separate_pid" "$none_pid"
bound_at_most privileges-per-handshake-us "$(median separation)" 5 us

bench_config "$work/ikehub.conf"
cat >>"$work/ikehub.conf" <<'CONF'
ikehub {
    block_threshold = 1000
}
CONF
bench_daemon operate "$port" --config "$work/ikehub.conf" --shards 2 --socket "$control"
load_hold "$port" --proposal aes128-sha256-ecp256 --count "$tunnels" --timeout 1800

ask() {
    "$build_root/release/shard/ctl/ikehubctl" --socket "$control" --json "$@"
}

echo "seconds to list $tunnels tunnels"
for ((i = 0; i < rounds; i++)); do
    begin=$EPOCHREALTIME
    ask list-sas >"$work/listing"
    seconds=$(calculate %.2f "$EPOCHREALTIME - $begin")
    listed=$(grep -c '"uniqueid"' "$work/listing")
    [ "$listed" -ge "$tunnels" ] || {
        echo "$listed of $tunnels tunnels are in the listing" >&2
        exit 1
    }
    echo "  $seconds"
    echo "list $seconds" >>"$work/results"
    result operate list_sas "tunnels=$tunnels round=$i" "$seconds" s
done
ask stats >"$work/stats"
delay=$(sed -nE 's/.*"asked_max_us": ([0-9]+).*/\1/p' "$work/stats" | sort -n | tail -n 1)
result operate asked_max "tunnels=$tunnels" "$delay" us

bound_at_most "list-sas-$tunnels-s" "$(median list)" 3 s
bound_at_most shard-held-up-us "$delay" 1000 us

# -------------------------------------------------------------------------- keys in a process of their own

signed=${BENCH_SIGNED:-1000}

# keys: an authority in $work, and a certificate of the hub's beside the configuration.
keys() {
    mkdir "$work/x509" "$work/x509ca" "$work/private"
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/ca.key" -out "$work/x509ca/ca.pem" -days 30 \
        -subj /CN=ca -addext basicConstraints=critical,CA:TRUE
    openssl req -newkey rsa:2048 -nodes -keyout "$work/private/hub.key" -out "$work/hub.csr" -subj /CN=hub
    openssl x509 -req -in "$work/hub.csr" -CA "$work/x509ca/ca.pem" -CAkey "$work/ca.key" -CAcreateserial \
        -CAserial "$work/ca.serial" -days 30 -out "$work/x509/hub.pem" -extfile <(echo subjectAltName=DNS:hub.example)
} 2>/dev/null
keys

# family PID: it, and all processes that it has begun.
family() {
    local child
    echo "$1"
    cat "/proc/$1/task/"*/children | tr ' ' '\n' | while read -r child; do
        family "$child"
    done
}

# family_ns PID: the CPU time of all of these.
family_ns() {
    local pid
    for pid in $(family "$1"); do
        cat "/proc/$pid/task/"*/schedstat
    done | awk '{ sum += $1 } END { printf "%.0f", sum }'
}

# signs PORT PID: sets `cost` to the microseconds of CPU of a handshake.
signs() {
    local before
    before=$(family_ns "$2")
    load "$1" --auth rsa --ca "$work/x509ca/ca.pem" --ca-key "$work/ca.key" --certificates 100 \
        --proposal aes128-sha256-ecp256 --count "$signed"
    cost=$(calculate %.1f "($(family_ns "$2") - $before) / 1000 / $signed")
}

sed -e 's/auth = psk/auth = pubkey/' -e 's/id = hub.example/&\n            certs = hub.pem/' "$work/ikehub.conf" \
    >"$work/signing.conf"
declare -A pids=() ports=([separate]=15562 [none]=15564)
for privileges in separate none; do
    bench_daemon "$privileges" "${ports[$privileges]}" --config "$work/signing.conf" --shards 1 --kernel null \
        --socket "$work/$privileges.vici" --privileges "$privileges"
    pids[$privileges]=$daemon_pid
    for pid in $(family "$daemon_pid"); do
        taskset -acp "$responder_core" "$pid" >/dev/null
    done
    signs "${ports[$privileges]}" "$daemon_pid" # what the first handshakes need once is not theirs
done

echo "us of CPU per handshake with a signature of RSA, $signed handshakes a round"
echo "  separate     none    more"
for ((i = 0; i < rounds; i++)); do
    declare -A costs=()
    for privileges in separate none; do
        signs "${ports[$privileges]}" "${pids[$privileges]}"
        costs[$privileges]=$cost
        result operate cpu_per_signed "privileges=$privileges round=$i" "$cost" us
    done
    more=$(calculate %.1f "${costs[separate]} - ${costs[none]}")
    echo "signature-more $more" >>"$work/results"
    printf '%10s %8s %7s\n' "${costs[separate]}" "${costs[none]}" "$more"
done
bound_at_most signature-apart-us "$(median signature-more)" 30 us
