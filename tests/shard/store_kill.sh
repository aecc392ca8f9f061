#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# tests/shard/store_kill.sh BUILD LOADER TUNNELS KILLS SEED DURABILITY
#
# ikehubd of the build directory BUILD is killed so many times, at instants that SEED decides, while ikeload (LOADER)
# brings tunnels up, and started again each time. With DURABILITY acked the daemon has all in the end that ikeload believes
# in. With async it says how many were lost.
set -euo pipefail

daemon_binary=$1/shard/ikehubd loader=$2 tunnels=$3 kills=$4 seed=$5 durability=$6
port=${PORT:-16502}
# shellcheck source=tests/shard/store_lib.sh
. "$(dirname "$0")/store_lib.sh"

# counter NAME: of the last statistics.
counter() {
    sed -nE "s/.* $1=([0-9]+).*/\1/p" <<<"$line"
}

holds() {
    kill -0 "$loader_pid" 2>/dev/null || fail "ikeload ended (seed $seed)"
    grep -qs '^holding ' "$work/progress"
}

configure "$durability"
start "$work/ikehubd.log" 2
load "$loader" --count "$tunnels" --rate "$((tunnels / kills))" --timeout 90

# The pauses are what is tested: the instants of the kills.
RANDOM=$seed
for ((i = 0; i < kills; i++)); do
    sleep "0.$((100 + RANDOM % 800))"
    daemon_kill
    wait "$daemon_pid" 2>/dev/null || true
    start "$work/ikehubd.log" 2
done

# All that ikeload began is up, or was given up: what was half-way when the daemon was killed.
awaited 100 holds || fail "ikeload does not come to an end (seed $seed)"
statistics "$work/ikehubd.log"
children=$(counter children) isakmp_sas=$(counter isakmp_sas)
kill -TERM "$loader_pid" 2>/dev/null || true
wait "$loader_pid" || true
loader_pid=
up=$(sed -nE 's/^holding ([0-9]+) tunnels$/\1/p' "$work/progress")
[ "$up" -gt 0 ] || fail "no tunnel came up (seed $seed)"
echo "seed $seed, $durability, $kills kills: ikeload has $up of $tunnels, ikehubd $isakmp_sas ISAKMP SAs and $children children"
[ "$durability" != acked ] || [ "$children" -ge "$up" ] || fail "$((up - children)) are lost (seed $seed)"
