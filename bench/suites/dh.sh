# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# Diffie-Hellman of MODP groups with the vector unit, against OpenSSL
# minutes: 5

# First modp_cost: exponentiations alone, all in one process and in turns, and whether their times tell exponents apart.
# Then two daemons on core 0, one with the vector unit and one with OpenSSL, answer main mode with a preshared key and one
# quick mode without PFS; ikeload on core 1 begins so many a second that the first is busy for a tenth, a half, 80 % of
# the time, and as many as it can. `at a time` is what a shard finds when it looks: nobody waits for a fuller batch.
# In the end ten handshakes a second with each in turns: what a lone one takes.
#
# BENCH_ROUNDS     rounds of modp_cost (default: 51), and a tenth of it of the daemons

# shellcheck source=bench/suites/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

rounds=${BENCH_ROUNDS:-51}
proposal=(--proposal aes128-sha256-modp2048)
declare -A port=([auto]=15520 [openssl]=15522) pid

taskset -c "$responder_core" "$programs/dh/modp_cost" times "$rounds" | tee "$work/times"
echo
taskset -c "$responder_core" "$programs/dh/modp_cost" constant | tee "$work/constant"

# told NAME FILE: the value of a line "NAME VALUE".
told() {
    awk -v name="$1" '$1 == name && NF == 2 { print $2 }' "$2"
}

for crypto in auto openssl; do
    bench_config "$work/$crypto.conf"
    echo "ikehub { crypto = $crypto }" >>"$work/$crypto.conf"
    bench_daemon "$crypto" "${port[$crypto]}" --config "$work/$crypto.conf" --shards 1
    pid[$crypto]=$daemon_pid
done

# note NAME VALUE: for median().
note() {
    echo "$1 $2" >>"$work/results"
}

# jobs: sets `jobs` and `batches` to what the daemon with the vector unit has done.
jobs() {
    statistics auto "${pid[auto]}"
    jobs=$(counter dh_jobs "$line")
    batches=$(counter dh_batches "$line")
}

# under NAME RATE COUNT: a line of the table; sets `each` to the CPU for a handshake.
under() {
    local jobs_before batches_before
    jobs
    jobs_before=$jobs
    batches_before=$batches
    load "${port[auto]}" "${proposal[@]}" --rate "$2" --count "$3" --responder-pid "${pid[auto]}"
    jobs
    each=$(member responder_cpu_us "$summary")
    result dh cpu_per_handshake "crypto=auto busy=${1// /-}" "$each" us
    awk -v name="$1" -v rate="$(member tunnels_per_second "$summary")" -v each="$each" \
        -v at="$(calculate %.2f "($jobs - $jobs_before) / ($batches - $batches_before)")" \
        -v p50="$(member p50 "$summary")" -v p99="$(member p99 "$summary")" 'BEGIN {
        printf "%-10s %10.0f %9.1f %9.2f %10.2f %9.2f\n", name, rate, each, rate * each / 1e6, at, p50 / 1000
    }'
}

echo
echo "the daemon with the vector unit, modp2048; CPU in us per handshake, latency in ms"
echo "busy        handshakes/s       CPU      load  at a time       p50"
for ((i = 0; i <= rounds / 10; i++)); do
    under "all it can" 0 2000
    most=$(calculate %.0f "1e6 / $each")
    under "80 %" "$(calculate %.0f "0.8 * $most")" 4000
    note loaded "$each"
    if [ "$i" -eq 0 ]; then
        under "50 %" "$(calculate %.0f "0.5 * $most")" 2000
        under "10 %" "$(calculate %.0f "0.1 * $most")" 500
    fi
done

echo
echo "ten handshakes a second; latency in ms, CPU in us per handshake"
echo "             p50 auto   openssl   CPU auto   openssl"
for ((i = 0; i <= rounds / 10; i++)); do
    for crypto in auto openssl; do
        load "${port[$crypto]}" "${proposal[@]}" --crypto openssl --rate 10 --count 20 --responder-pid "${pid[$crypto]}"
        note "alone-$crypto" "$(member p50 "$summary")"
        note "alone-cpu-$crypto" "$(member responder_cpu_us "$summary")"
    done
done
awk -v auto="$(median alone-auto)" -v openssl="$(median alone-openssl)" -v cpu_auto="$(median alone-cpu-auto)" \
    -v cpu_openssl="$(median alone-cpu-openssl)" 'BEGIN {
    printf "%21.2f %9.2f %10.1f %9.1f\n", auto / 1000, openssl / 1000, cpu_auto, cpu_openssl
}'

echo
bound_at_most dh-derive-ratio "$(told derive "$work/times")" 0.25
bound_at_most dh-key-ratio "$(told key "$work/times")" 0.0667
bound_at_most dh-alone-ratio "$(told alone "$work/times")" 0.5
bound_at_most dh-scalar-after-ratio "$(told scalar "$work/times")" 1.02
bound_at_most dh-constant-time-t "$(told constant "$work/constant")" 4.5
bound_at_most dh-handshake-us "$(median loaded)" 180
bound_at_most dh-alone-added-us "$(calculate %.0f "$(median alone-auto) - $(median alone-openssl)")" 200
