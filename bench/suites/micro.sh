# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# CPU time of single functions, from a payload that is parsed to a handshake in memory
# minutes: 8
# needs: bench

# Google Benchmark runs the cases of bench/micro on the responders' core, each three times, in an order without order, so
# that a slow moment of the machine does not fall on all runs of one. The table has the median and the range of the three,
# for one item of the case: one packet, one handshake. The ring's echo has a second thread, on the other core.
#
# BENCH_MICRO        cases whose names match this regular expression (default: all)
# BENCH_MIN_TIME     seconds for each run of a case at least (default: 0.03)

# shellcheck source=bench/suites/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cases=${BENCH_MICRO:-.}
min_time=${BENCH_MIN_TIME:-0.03}

# run CORES FILTER FILE: an empty file if no case is of that name.
run() {
    taskset -c "$1" "$programs/micro/micro" --benchmark_filter="$2" --benchmark_min_time="$min_time" \
        --benchmark_repetitions=3 --benchmark_enable_random_interleaving=true --benchmark_out="$work/$3" \
        --benchmark_out_format=json >"$work/log" 2>&1 || {
        tail -n 3 "$work/log" >&2
        return 1
    }
}

# told CASE: its median in us.
told() {
    awk -v name="$1" '$1 == name { print $2 / 1000 }' "$work/table"
}

mapfile -t names < <("$programs/micro/micro" --benchmark_list_tests | grep -E "$cases")
echoes=$(printf '%s\n' "${names[@]}" | grep '^echo/' | paste -sd '|' || true)
others=$(printf '%s\n' "${names[@]}" | grep -v '^echo/' | paste -sd '|' || true)
[ -z "$echoes" ] || run "$responder_core,$initiator_core" "^($echoes)\$" echo.json
[ -z "$others" ] || run "$responder_core" "^($others)\$" others.json

python3 "$root/bench/report/micro.py" "$work"/*.json >"$work/table"
printf '%-36s %12s %12s %12s\n' "CPU in ns" median least most
while read -r name median least most; do
    printf '%-36s %12s %12s %12s\n' "$name" "$median" "$least" "$most"
    result micro cpu "case=$name" "$median" ns
    result micro cpu-least "case=$name" "$least" ns
    result micro cpu-most "case=$name" "$most" ns
done <"$work/table"

alone=$(told handshake/psk_ecp256/responder/1)
bare=$(told dh/ecp256/both/1)
[ -z "$alone$bare" ] || bound_at_most responder-over-dh-us "$(calculate %.1f "$alone - $bare")" 60 us
[ -z "$(told lookup/1000000)" ] || bound_at_most lookup-1000000-us "$(told lookup/1000000)" 2 us
