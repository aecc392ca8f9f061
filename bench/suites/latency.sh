# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# Latency of a tunnel against load, of ikehubd and of strongSwan
# minutes: 7
# needs: bench peers

# The daemons are those of bench/run peers, with the same file of connections, preshared keys and P-256, both on core 0;
# ikeload is on core 1. Tunnels arrive as a Poisson process, whether or not those before have come up, and latency counts
# from the arrival, so that a queue cannot hide. The rates are steps of what one core was found to do in a burst that keeps
# the daemon busy; the table says what part of the core was used indeed. Steps take turns: both daemons at one, then both at
# the next.
#
# BENCH_ROUNDS     rounds (default: 1)
# BENCH_SECONDS    how long tunnels arrive at each step (default: 4)
# BENCH_STEPS      percent of a core (default: "10 30 50 70 80 90 95")

# shellcheck source=bench/suites/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=/dev/null
. "$root/bench/peers/lab.sh"

rounds=${BENCH_ROUNDS:-1}
seconds=${BENCH_SECONDS:-4}
read -ra steps <<<"${BENCH_STEPS:-10 30 50 70 80 90 95}"
compared=80 # percent, of which the bound is
who=(ikehub strongswan)
proposal=(--proposal aes128-sha256-ecp256)

# burst WHO: sets `able[WHO]` to the tunnels a second of a core that does nothing else.
declare -A able
burst() {
    pair_load "$1-few" "${proposal[@]}" --count 2000 --id-prefix burst
    able[$1]=$(calculate %.0f "1e6 / $(member responder_cpu_us "$summary")")
    settle "$1-few"
}

# step WHO PERCENT ROUND: `row` grows by its columns.
step() {
    local labels="peer=$1 percent=$2 round=$3" rate speed used p50 p99 failed
    rate=$(calculate %.0f "$2 / 100 * ${able[$1]}")
    pair_load "$1-few" "${proposal[@]}" --rate "$rate" --arrival poisson --count "$((rate * seconds))" \
        --delete-rate "$rate" --id-prefix "at$2-$3" --timeout 60
    speed=$(member tunnels_per_second "$summary")
    used=$(calculate %.0f "$speed * $(member responder_cpu_us "$summary") / 1e4")
    p50=$(calculate %.2f "$(member p50 "$summary") / 1e3")
    p99=$(calculate %.2f "$(member p99 "$summary") / 1e3")
    failed=$(member failed "$summary")
    result latency tunnels_per_second "$labels" "$speed" per-second
    result latency utilisation "$labels" "$used" percent
    result latency latency_p50 "$labels" "$p50" ms
    result latency latency_p99 "$labels" "$p99" ms
    result latency failures "$labels" "$failed" ""
    [ "$2" -ne "$compared" ] || echo "$1 $p99" >>"$work/results"
    row+=$(printf ' %8.0f %4s %8s %8s %5s' "$speed" "$used" "$p50" "$p99" "$failed")
    settle "$1-few"
}

context strongswan "$(swanctl --version 2>&1 | grep -oE '[0-9]+\.[0-9]+\.[0-9]+' | head -n 1)"
lab_open
pair_open few psk
for daemon in "${who[@]}"; do
    burst "$daemon"
    echo "$daemon does ${able[$daemon]} tunnels a second with a core"
done

echo "        |--------------- ikehub --------------| |------------- strongSwan ------------|"
echo "percent        /s    %   p50 ms   p99 ms  fail       /s    %   p50 ms   p99 ms  fail"
for ((i = 0; i < rounds; i++)); do
    for percent in "${steps[@]}"; do
        row=$(printf '%7s' "$percent")
        for daemon in "${who[@]}"; do
            step "$daemon" "$percent" "$i"
        done
        echo "$row"
    done
done

[[ " ${steps[*]} " != *" $compared "* ]] ||
    bound_at_most "latency-p99-$compared-ratio" "$(calculate %.2f "$(median ikehub) / $(median strongswan)")" 1
