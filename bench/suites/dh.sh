# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# Diffie-Hellman of MODP groups with the vector unit, against OpenSSL
# minutes: 5

# First modp_cost: exponentiations alone, all in one process and in turns, and whether their times tell exponents apart.
# Then two daemons on core 0, one with the vector unit and one with OpenSSL, answer main mode with a preshared key and one
# quick mode without PFS; ikeload on core 1 begins so many a second that the first is busy for a tenth, a half, 80 % of
# the time, and as many as it can. `at a time` is what a shard finds when it looks: nobody waits for a fuller batch. What 80 %
# are follows from what a handshake costs at 80 %, which the rounds before have told; a round at less than 70 % or more than
# 90 % tells the next one its rate and does not count for the bound.
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

# The columns of its table, of which some are kept.
works=(derive-1 derive-2 derive-3 derive-4 derive-8 key-1 key-4 key-8 bn evp)
while read -r group rest; do
    [[ $group == modp* ]] || continue
    read -ra values <<<"$rest"
    for i in "${!works[@]}"; do
        [ "${values[i]}" = - ] || result dh cpu "group=$group work=${works[i]}" "${values[i]}" us
    done
done <"$work/times"

# told NAME FILE: the value of a line "NAME VALUE".
told() {
    awk -v name="$1" '$1 == name && NF == 2 { print $2 }' "$2"
}

for crypto in auto openssl; do
    bench_config "$work/$crypto.conf"
    cat >>"$work/$crypto.conf" <<CONF
ikehub {
    crypto = $crypto
    block_threshold = 100000
    init_limit_prefix = 100000
}
CONF
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

# under NAME RATE COUNT: a line of the table; sets `each` to the CPU for a handshake, `used` to percent of the core.
under() {
    local jobs_before batches_before speed
    jobs
    jobs_before=$jobs
    batches_before=$batches
    load_some "${port[auto]}" "${proposal[@]}" --rate "$2" --count "$3" --responder-pid "${pid[auto]}"
    jobs
    each=$(member responder_cpu_us "$summary")
    speed=$(member tunnels_per_second "$summary")
    used=$(calculate %.0f "$speed * $each / 1e4")
    result dh cpu_per_handshake "crypto=auto busy=${1// /-}" "$each" us
    result dh utilisation "crypto=auto busy=${1// /-}" "$used" percent
    result dh failures "crypto=auto busy=${1// /-}" "$failed" ""
    awk -v name="$1" -v rate="$speed" -v each="$each" -v used="$used" -v failed="$failed" \
        -v at="$(calculate %.2f "($jobs - $jobs_before) / ($batches - $batches_before)")" \
        -v p50="$(member p50 "$summary")" 'BEGIN {
        printf "%-10s %10.0f %9.1f %9d %10.2f %9.2f %9d\n", name, rate, each, used, at, p50 / 1000, failed
    }'
}

# at_80 ROUNDS: until so many count, or as many do not.
at_80() {
    local counted=0 off=0 cost=$each
    while [ "$counted" -lt "$1" ] && [ "$off" -lt "$1" ]; do
        under "80 %" "$(calculate %.0f "0.8e6 / $cost")" 4000
        cost=$each
        if [ "$used" -ge 70 ] && [ "$used" -le 90 ]; then
            counted=$((counted + 1))
            note loaded "$each"
            note failed "$failed"
        else
            off=$((off + 1))
            note off "$each"
            note off-failed "$failed"
        fi
    done
    [ "$counted" -gt 0 ] || {
        echo "no round used 70 to 90 % of the core: the machine is not idle, and the bound is of all rounds"
        sed -i 's/^off /loaded /; s/^off-failed /failed /' "$work/results"
    }
}

echo
echo "the daemon with the vector unit, modp2048; CPU in us per handshake, latency in ms"
echo "busy        handshakes/s       CPU         %  at a time       p50    failed"
under "all it can" 0 2000
most=$(calculate %.0f "1e6 / $each")
under "50 %" "$(calculate %.0f "0.5 * $most")" 2000
under "10 %" "$(calculate %.0f "0.1 * $most")" 500
under "all it can" 0 2000
at_80 "$((1 + rounds / 10))"

echo
echo "ten handshakes a second; latency in ms, CPU in us per handshake"
echo "             p50 auto   openssl   CPU auto   openssl"
for ((i = 0; i <= rounds / 10; i++)); do
    for crypto in auto openssl; do
        load_some "${port[$crypto]}" "${proposal[@]}" --crypto openssl --rate 10 --count 20 --responder-pid "${pid[$crypto]}"
        note failed "$failed"
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
bound_at_most dh-failed-handshakes "$(awk '$1 == "failed" { sum += $2 } END { print sum + 0 }' "$work/results")" 0
bound_at_most dh-alone-added-us "$(calculate %.0f "$(median alone-auto) - $(median alone-openssl)")" 200
