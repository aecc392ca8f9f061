# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# Handshakes of known peers while first messages with forged addresses come in
# minutes: 6

# A thread of ikeload sends first messages from all of 127.0.0.0/8, as fast as it can, and goes on with none; meanwhile
# ikeload begins ten handshakes a second in main mode, each message of which is sent again five times at most, after 1, 2,
# 4, 8 and 16 s (strongSwan: five times as well, after 4, 7.2, 13, 23 and 42 s). The daemon has core 0, both threads of
# ikeload share core 1. Three floods, each against a daemon of its own: main mode; main mode with each message three times,
# as who means it sends it; aggressive mode, which the daemon answers.
#
# BENCH_FLOOD_SECONDS    how long handshakes are begun under each flood (default: 30)

# shellcheck source=bench/suites/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

seconds=${BENCH_FLOOD_SECONDS:-30}
port=15550
rate=10
asked=$((rate * seconds))

# What init_limit_half_open, init_limit_aggressive and init_rate_aggressive are where nothing is said.
slots=10000
aggressive_slots=1000
aggressive_rate=100
# Of a first message that is kept: what it consists of, its counts and its SA payload; the first messages that are
# remembered; a kilobyte for each exchange of aggressive mode, twice for what the allocator adds.
memory_cap=$(((slots * (272 + 2 * 96 + 4096) + 4 * 4194304 + 2 * 4096 * aggressive_slots) / 1024))

bench_config "$work/ikehub.conf"
bench_config "$work/aggressive.conf" "aggressive = yes"
echo 'ikehub { i_dont_care_about_security_and_use_aggressive_mode_psk = yes }' >>"$work/aggressive.conf"

# under_flood NAME CONFIG [OPTION...]: sets `up`, `line`, `grown`, `flooded` and `kilobytes`, and tells what happened.
under_flood() {
    local name=$1 config=$2 before cpu began
    shift 2
    bench_daemon "$name" "$port" --config "$work/$config" --shards 1
    statistics "$name" "$daemon_pid"
    before=$line
    cpu=$(cpu_ns "$daemon_pid")
    began=$(date +%s%N)
    load "$port" --proposal aes128-sha256-ecp256 --rate "$rate" --count "$asked" --concurrency 1000 \
        --timeout "$((seconds + 40))" "$@" || true
    cpu=$(calculate %.0f "($(cpu_ns "$daemon_pid") - $cpu) * 100 / ($(date +%s%N) - $began)")
    statistics "$name" "$daemon_pid"
    flooded=$(grep -oE '"attack":\{[^}]*\}' <<<"$summary")
    up=$(member up "$summary")
    grown=$(($(counter rss_kb "$line") - $(counter rss_kb "$before")))
    echo "$name: flood $flooded"
    echo "$name: daemon received=$(counter ring_received "$line") dropped-by-kernel=$(counter ring_dropped_kernel "$line")" \
        "thinned=$(counter thinned "$line") stale=$(counter stale "$line") cpu=$cpu% of a core"
    echo "$name: resident memory $(counter rss_kb "$before") kB before, $(counter rss_kb "$line") kB at the end"
    echo "$name: refused $(grep -oE 'refused_[a-z_]+=[1-9][0-9]*' <<<"$line" | sed 's/refused_//' | tr '\n' ' ')"
    echo "$name: $up of $asked handshakes up, $(member retransmissions "$summary") messages sent again," \
        "latency p50 $(member p50 "$summary") us, p99 $(member p99 "$summary") us"
    result flood flood_rate "flood=$name" \
        "$(calculate %.0f "$(member sent "$flooded") / $(member lasted "$flooded")")" per-second
    result flood handshakes_percent "flood=$name" "$(calculate %.1f "100 * $up / $asked")" percent
    result flood latency_p50 "flood=$name" "$(calculate %.2f "$(member p50 "$summary") / 1e3")" ms
    result flood latency_p99 "flood=$name" "$(calculate %.2f "$(member p99 "$summary") / 1e3")" ms
    result flood utilisation "flood=$name" "$cpu" percent
    result flood memory_grown "flood=$name" "$grown" kB
    daemon_stop
    bound_at_least "$name-handshakes-percent" "$(calculate %.1f "100 * $up / $asked")" 99
    bound_at_most "$name-memory-grown" "$grown" "$memory_cap" kB
}

# factor MODE: bytes of answers to where nobody has proven to be, by bytes of first messages.
factor() {
    local in
    in=$(counter "$1_in" "$line")
    calculate %.3f "$(counter "$1_out" "$line") / ($in ? $in : 1)"
}

# amplified NAME MODE
amplified() {
    result flood amplification "flood=$1" "$(factor "$2")" ""
    bound_at_most "$1-amplification" "$(factor "$2")" 1
}

under_flood once ikehub.conf --attack main
amplified once main

under_flood thrice ikehub.conf --attack main --attack-times 3
amplified thrice main

under_flood aggressive aggressive.conf --attack aggressive
answers=$(member answers "$flooded")
lasted=$(member lasted "$flooded")
sent=$(member sent "$flooded")
each=$(calculate %.3f "$(counter aggressive_out "$line") * $sent / ($answers * $(counter aggressive_in "$line"))")
echo "aggressive: $(counter aggressive_in "$line") bytes in, $(counter aggressive_out "$line") bytes out: factor $each" \
    "where there is an answer, $(factor aggressive) over all first messages"
# A full bucket at first, and what a second brings for each that the flood lasted.
bound_at_most aggressive-answers "$answers" "$(calculate %.0f "$aggressive_rate * ($lasted + 2)")"
amplified aggressive aggressive
