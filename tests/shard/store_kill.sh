#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# tests/shard/store_kill.sh BUILD LOADER TUNNELS KILLS SEED DURABILITY
#
# ikehubd of the build directory BUILD is killed so many times, at instants that SEED decides, while ikeload (LOADER)
# brings tunnels up, and started again each time. In the end ikeload deletes all tunnels that it believes in: with DURABILITY
# acked the daemon has the keys of each; with async it says how many were lost.
set -euo pipefail

daemon_binary=$1/shard/ikehubd loader=$2 tunnels=$3 kills=$4 seed=$5 durability=$6
port=${PORT:-16502}
# shellcheck source=tests/shard/load_lib.sh
. "$(dirname "$0")/load_lib.sh"

# deleted COUNT: so many children were ended by a Delete, which only who has their keys understands.
deleted() {
    statistics "$work/ikehubd.log"
    [[ $line == *" ph2_down_deleted=$1 "* ]]
}

holds() {
    kill -0 "$loader_pid" 2>/dev/null || fail "ikeload ended (seed $seed)"
    grep -qs '^holding ' "$work/progress"
}

configure_store "$durability"
start "$work/ikehubd.log" 2
hold "$loader" --count "$tunnels" --rate "$((tunnels / kills))" --timeout 90

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
up=$(sed -nE 's/^holding ([0-9]+) tunnels$/\1/p' "$work/progress")
[ "$up" -gt 0 ] || fail "no tunnel came up (seed $seed)"
kill -TERM "$loader_pid"
wait "$loader_pid" || true
loader_pid=
if awaited 5 deleted "$up"; then
    lost=0
else
    lost=$((up - $(sed -nE 's/.* ph2_down_deleted=([0-9]+) .*/\1/p' <<<"$line")))
fi
echo "seed $seed, $durability, $kills kills: ikeload had $up of $tunnels tunnels, of which ikehubd lost $lost"
[ "$durability" != acked ] || [ "$lost" -eq 0 ] || fail "$lost are lost (seed $seed)"
