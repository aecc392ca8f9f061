# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# Configurations of many connections: loading them, and finding one; SAs in the kernel: what it costs to install them
# minutes: 20
# needs: dataplane

# Loading is hub_config_parse of text in memory. A lookup is all that one main mode, or one aggressive mode, asks of the
# configuration, for peers in an order without locality. CPU time of one thread.
#
# SAs are installed one tunnel after another. What a shard does itself is measured here; what the kernel does, for a shard
# that has no process for that in between, in the virtual machine of tests/dataplane, whose clock counts instructions: its
# figures are brought to this machine's by the shard's own part, which is measured in both.
#
# BENCH_TUNNELS        tunnels that the kernel gets, of two SAs each (default: 25000)
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

tunnels=${BENCH_TUNNELS:-25000}
taskset -c "$responder_core" "$programs/micro/xfrm_cost" answered 50000 | sed 's/^/here-/' >"$work/cost"
python3 "$root/bench/xfrm/run.py" --program "$programs/micro/xfrm_cost" --keep "$build_root/dataplane" "$tunnels" \
    >>"$work/cost"
echo "SAs of $tunnels tunnels; all but here- in thousands of instructions:"
sed 's/^/    /' "$work/cost"
while read -r name value unit; do
    result headend "xfrm-$name" "tunnels=$tunnels" "$value" "$unit"
done <"$work/cost"
here=$(told here-install)
kernel=$(calculate %.1f "$(told hashed-install) * $here / $(told own-install)")
echo "    with the kernel's part: $kernel us"

bound_at_most "install of a tunnel" "$here" 15 us
bound_at_most "growth with $((2 * tunnels)) SAs" \
    "$(calculate %.2f "$(told hashed-install_last) / $(told hashed-install_first)")" 1.5
