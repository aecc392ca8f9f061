# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# Configurations of many connections: loading them, and finding one
# minutes: 3

# Loading is hub_config_parse of text in memory. A lookup is all that one main mode, or one aggressive mode, asks of the
# configuration, for peers in an order without locality. CPU time of one thread.
#
# BENCH_LOADED         connections that are loaded (default: 10000)
# BENCH_CONNECTIONS    connections among which one is found (default: 100000)

# shellcheck source=bench/suites/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

loaded=${BENCH_LOADED:-10000}
connections=${BENCH_CONNECTIONS:-100000}

# cost COUNT: runs it, and keeps what it printed.
cost() {
    taskset -c "$responder_core" "$programs/micro/config_cost" "$1" >"$work/cost"
    sed 's/^/    /' "$work/cost"
    while read -r name value unit; do
        result headend "$name" "connections=$1" "$value" "$unit"
    done <"$work/cost"
}

# told NAME: a value of the last run.
told() {
    awk -v name="$1" '$1 == name { print $2 }' "$work/cost"
}

echo "$loaded connections:"
cost "$loaded"
load=$(told load_main)
echo "$connections connections:"
cost "$connections"

bound_at_most "load of $loaded connections" "$load" 2 s
bound_at_most "lookup of main mode among $connections" "$(told lookup_main)" 2 us
bound_at_most "lookup of aggressive mode among $connections" "$(told lookup_aggressive)" 2 us
