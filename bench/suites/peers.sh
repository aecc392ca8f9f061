# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# Side by side with strongSwan: CPU and memory per tunnel, latency, failures
# minutes: 18
# needs: peers

# ikehubd and Debian's charon answer in turns (A B A B) to the same load of ikeload: the same file of connections, the same
# credentials, the same algorithms, both on core 0, ikeload on core 1, kernel SAs out of play for both (ikehubd's null back
# end, bench/peers/charon_null.c). What a daemon costs depends on how busy it is, so both are compared while they use as
# much of the core: the rate of each round follows from what the rounds before have cost, and the table says what part of
# the core was used. Arrivals are a Poisson process, and latency counts from the arrival.
#
# The floor is what OpenSSL alone needs for the public-key work of a tunnel, measured before each round on the same core.
# ikeload itself does none to speak of (bench/load/weak_dh.h, weak_rsa.h).
#
# Three pairs of daemons: `few` has 1,000 tunnels with preshared keys, `many` has 10,000 and then 50,000, `rsa` the same with
# certificates. ikehubd remembers the last 1,024 certificates that it has read: the bounds are of loads in which 2,000 take
# turns, so that it knows none; a line besides tells what it costs when it knows them. Memory is read 75 s after the last tunnel, when ikehubd keeps no reply any more.
#
# BENCH_ROUNDS           rounds of each case (default: 5)
# BENCH_SECONDS          how long tunnels are begun in each round, by each daemon (default: 3)
# BENCH_UTILISATION      part of the core in percent (default: 85)
# BENCH_TUNNELS          the two higher levels (default: "10000 50000")

# shellcheck source=bench/suites/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=bench/peers/lab.sh
. "$root/bench/peers/lab.sh"

rounds=${BENCH_ROUNDS:-5}
seconds=${BENCH_SECONDS:-3}
utilisation=${BENCH_UTILISATION:-85}
read -r middle top <<<"${BENCH_TUNNELS:-10000 50000}"
base=1000
kept_for=75 # seconds; the replies' minute, and the allocator's ten seconds
who=(ikehub strongswan)

# The work of a tunnel, as dh_floor names it.
declare -A works=([psk-ecp256]=ecp256 [psk-modp2048]=modp2048 [rsa2048-ecp256]="ecp256 rsa2048"
    [rsa2048-modp2048]="modp2048 rsa2048" [rsa2048-known-ecp256]="ecp256 rsa2048")

# ------------------------------------------------------------------ levels

# fill PAIR COUNT: so many tunnels more with both daemons, which stay.
declare -A level resident_at
fill() {
    local daemon
    for daemon in "${who[@]}"; do
        pair_load "$daemon-$1" --proposal aes128-sha256-ecp256 --count "$2" --id-prefix "fill${level[$1]:-0}" \
            --no-delete --timeout 600
        [ "$(member up "$summary")" -eq "$2" ] || echo "$daemon: $summary"
        settle "$daemon-$1"
    done
    level[$1]=$((${level[$1]:-0} + $2))
    busy_at[$1]=$SECONDS
}
declare -A busy_at

# weigh PAIR: bytes for each tunnel that is up, once it is time.
weigh() {
    local daemon each left=$((busy_at[$1] + kept_for - SECONDS))
    [ "$left" -le 0 ] || sleep "$left"
    for daemon in "${who[@]}"; do
        each=$(calculate %.0f "($(resident "$daemon-$1") - ${resident_at[$daemon-$1]}) / ${level[$1]}")
        result peers resident_per_tunnel "peer=$daemon case=$1 tunnels=${level[$1]}" "$each" bytes
        resident_at[$daemon-$1-${level[$1]}]=$each
    done
    echo "memory per tunnel, $1, ${level[$1]} up: ikehub ${resident_at[ikehub-$1-${level[$1]}]} bytes," \
        "strongSwan ${resident_at[strongswan-$1-${level[$1]}]} bytes"
}

# ------------------------------------------------------------------ rounds

# floor CASE: sets `bare` to the microseconds of its public-key work.
floor() {
    local table
    # Word splitting is wanted: a word for each work.
    # shellcheck disable=SC2086
    table=$(taskset -c "$responder_core" "$programs/load/dh_floor" --rounds 3 --count 60 ${works[$1]})
    bare=$(awk '$2 == "median" { sum += $5 } END { printf "%.1f", sum }' <<<"$table")
}

# guess WHO-PAIR CASE: the first rate comes from a short burst, as fast as the daemon answers.
declare -A cost
guess() {
    pair_load "$1" --proposal "aes128-sha256-${2##*-}" --count 400 --id-prefix guess
    cost[$1-$2]=$(member responder_cpu_us "$summary")
    settle "$1"
}

# run WHO-PAIR CASE ROUND: one daemon in one round; sets `cost[...]`, and `row` grows by its columns.
run() {
    local daemon=${1%%-*} pair=${1#*-}
    local key=$1-$2 rate cpu used p50 p99 failed speed
    local labels="peer=$daemon case=$2 tunnels=${level[$pair]} round=$3"
    rate=$(calculate %.0f "$utilisation * 1e4 / ${cost[$key]}")
    pair_load "$1" --proposal "aes128-sha256-${2##*-}" --rate "$rate" --arrival poisson \
        --count "$((rate * seconds))" --id-prefix "round$3" --delete-rate "$rate" --timeout 60
    cpu=$(member responder_cpu_us "$summary")
    speed=$(member tunnels_per_second "$summary")
    used=$(calculate %.0f "$speed * $cpu / 1e4")
    p50=$(calculate %.2f "$(member p50 "$summary") / 1e3")
    p99=$(calculate %.2f "$(member p99 "$summary") / 1e3")
    failed=$(member failed "$summary")
    cost[$key]=$cpu
    result peers tunnels_per_second "$labels" "$speed" per-second
    result peers cpu_per_tunnel "$labels" "$cpu" us
    result peers initiator_cpu_per_tunnel "$labels" "$(member initiator_cpu_us "$summary")" us
    result peers utilisation "$labels" "$used" percent
    result peers latency_p50 "$labels" "$p50" ms
    result peers latency_p99 "$labels" "$p99" ms
    result peers failures "$labels" "$failed" ""
    echo "failed $failed" >>"$work/results"
    [ "$daemon" != ikehub ] ||
        echo "ikeload-$2 $(calculate %.3f "$(member initiator_cpu_us "$summary") / $cpu")" >>"$work/results"
    row+=$(printf ' %8.1f %4s %8.0f %7s %7s %4s' "$cpu" "$used" "$speed" "$p50" "$p99" "$failed")
    settle "$1"
    busy_at[$pair]=$SECONDS
}

header() {
    printf '%-20s %8s %s %s %6s\n' "" "" "|-------------- ikehub ------------------|" \
        "|------------- strongSwan ---------------|" ""
    printf '%-20s %8s' "case" "bare us"
    printf ' %8s %4s %8s %7s %7s %4s' "CPU us" "%" "tunnels" "p50 ms" "p99 ms" "fail" \
        "CPU us" "%" "tunnels" "p50 ms" "p99 ms" "fail"
    printf ' %6s\n' "ratio"
}

# compare PAIR CASE ROUNDS NAME: a line a round; the ratios go to the results as NAME. Certificates are 2,000 that take
# turns, or with a case of known peers 400, which is fewer than ikehubd remembers.
compare() {
    local i daemon ratio row certificates=2000
    [[ $2 != *-known-* ]] || certificates=400
    for daemon in "${who[@]}"; do
        guess "$daemon-$1" "$2"
    done
    for ((i = 0; i < $3; i++)); do
        floor "$2"
        result peers floor "case=$2 round=$i" "$bare" us
        row=$(printf '%-20s %8.1f' "$2" "$bare")
        for daemon in "${who[@]}"; do
            run "$daemon-$1" "$2" "$i"
            echo "share-$daemon-$2 $(calculate %.0f "100 * $bare / ${cost[$daemon-$1-$2]}")" >>"$work/results"
        done
        ratio=$(calculate %.3f "${cost[ikehub-$1-$2]} / ${cost[strongswan-$1-$2]}")
        result peers cpu_ratio "case=$2 tunnels=${level[$1]} round=$i" "$ratio" ""
        echo "$4 $ratio" >>"$work/results"
        echo "$row $ratio"
    done
}

# spread NAME: "median (least to greatest)".
spread() {
    awk -v name="$1" '$1 == name { print $2 }' "$work/results" | sort -n |
        awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] " (" value[1] " to " value[NR] ")" }'
}

# grow ROUNDS: what a tunnel costs with many up by what it costs with few, in turns.
grow() {
    local i daemon pair row
    for daemon in "${who[@]}"; do
        guess "$daemon-many" psk-ecp256
    done
    for ((i = 0; i < $1; i++)); do
        for daemon in "${who[@]}"; do
            for pair in few many; do
                row=
                run "$daemon-$pair" psk-ecp256 "$i"
            done
            ratio=$(calculate %.3f "${cost[$daemon-many-psk-ecp256]} / ${cost[$daemon-few-psk-ecp256]}")
            result peers cost_growth "peer=$daemon tunnels=${level[many]} round=$i" "$ratio" ""
            echo "grown-$daemon-${level[many]} $ratio" >>"$work/results"
        done
    done
    for daemon in "${who[@]}"; do
        echo "CPU per tunnel with ${level[many]} up by that with $base: $daemon $(spread "grown-$daemon-${level[many]}")"
    done
}

# ------------------------------------------------------------------ the whole

lab_open
pair_open few psk
pair_open many psk
pair_open rsa pubkey
echo "strongSwan $(swanctl --version 2>&1 | grep -oE '[0-9]+\.[0-9]+\.[0-9]+' | head -n 1): $(tr '\n' ' ' <<<"$charon_tuning" | tr -s ' ')"
echo "ikehubd: one shard, $(tr '\n' ' ' <<<"$hub_tuning" | tr -s ' ')"
echo "both at $utilisation % of core $responder_core, ikeload on core $initiator_core, $seconds s a round each"

for pair in few many rsa; do
    for daemon in "${who[@]}"; do
        # What the first tunnels need once is not theirs.
        pair_load "$daemon-$pair" --proposal aes128-sha256-ecp256 --count 64 --id-prefix warm
        settle "$daemon-$pair"
        resident_at[$daemon-$pair]=$(resident "$daemon-$pair")
    done
    fill "$pair" "$base"
done

header
compare few psk-ecp256 "$rounds" cpu-psk-ecp256
compare few psk-modp2048 "$rounds" cpu-psk-modp2048
weigh many
weigh rsa
fill many "$((middle - base))"
header
compare rsa rsa2048-ecp256 "$rounds" cpu-rsa2048-ecp256
compare rsa rsa2048-modp2048 "$rounds" cpu-rsa2048-modp2048
compare rsa rsa2048-known-ecp256 "$(((rounds + 1) / 2))" cpu-rsa2048-known-ecp256
weigh many
grow 2
fill many "$((top - middle))"
fill rsa "$((middle - base))"
weigh many
weigh rsa
fill rsa "$((top - middle))"
grow 3
weigh rsa

for case in psk-ecp256 psk-modp2048 rsa2048-ecp256 rsa2048-modp2048 rsa2048-known-ecp256; do
    echo "$case: ratio $(spread "cpu-$case"); public-key work is $(spread "share-ikehub-$case") % of ikehub's CPU," \
        "$(spread "share-strongswan-$case") % of strongSwan's; ikeload by ikehub $(spread "ikeload-$case")"
done

bound_at_most cpu-psk-ecp256 "$(median cpu-psk-ecp256)" 0.2
bound_at_most cpu-psk-modp2048 "$(median cpu-psk-modp2048)" 0.2
bound_at_most cpu-rsa2048-ecp256 "$(median cpu-rsa2048-ecp256)" 0.25
bound_at_most cpu-rsa2048-modp2048 "$(median cpu-rsa2048-modp2048)" 0.25
for pair in many rsa; do
    bound_at_most "resident-$pair-$top" "$(calculate %.3f \
        "${resident_at[ikehub-$pair-$top]} / ${resident_at[strongswan-$pair-$top]}")" 0.143
done
bound_at_most "cpu-growth-$top" "$(median "grown-ikehub-$top")" 1.1
for case in psk-ecp256 psk-modp2048 rsa2048-ecp256 rsa2048-modp2048; do
    bound_at_most "ikeload-$case" "$(median "ikeload-$case")" 0.5
done
bound_at_most failures "$(awk '$1 == "failed" { sum += $2 } END { print sum + 0 }' "$work/results")" 0
