#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# tests/shard/store_load.sh BUILD LOADER TUNNELS BEFORE AFTER
#
# ikehubd of the build directory BUILD with a store and BEFORE shards is killed while ikeload (LOADER) holds so many
# tunnels, and started with AFTER shards. It has to go on with all of them: ikeload then deletes each, which only who has
# its keys understands, and nothing may be left. Neither process may have written anything but log lines: a sanitizer's
# report is none.
set -euo pipefail

daemon_binary=$1/shard/ikehubd loader=$2 tunnels=$3 before=$4 after=$5
port=${PORT:-16501}
# shellcheck source=tests/shard/load_lib.sh
. "$(dirname "$0")/load_lib.sh"

# settled LOG CHILDREN: so many are there, and all is written.
settled() {
    statistics "$1"
    [[ $line == *" children=$2 "* && $line != *store_queue=* ]]
}

revived() {
    grep -q "event=revived .*isakmp_sas=$tunnels children=$tunnels refused=0" "$work/after.log"
}

configure_store async
start "$work/before.log" "$before"
hold "$loader" --count "$tunnels"
awaited 60 settled "$work/before.log" "$tunnels" || fail "$tunnels tunnels did not come up"
daemon_kill
wait "$daemon_pid" || true
start "$work/after.log" "$after"
awaited 30 revived || fail "$tunnels tunnels did not go on"
kill -TERM "$loader_pid"
wait "$loader_pid" || fail "ikeload"
loader_pid=
awaited 30 settled "$work/after.log" 0 || fail "not all were deleted"
daemon_stop || fail "ikehubd left with status $?"
if grep -hv '^ts=' "$work/before.log" "$work/after.log"; then
    fail "that is no log line"
fi
grep -q 'event=stopped handshakes=0 isakmp_sas=0 children=0' "$work/after.log" || fail "something is left"
