#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# tests/shard/load.sh BUILD LOADER SHARDS TUNNELS
#
# ikehubd of the build directory BUILD with so many shards, and so many tunnels that ikeload (LOADER) brings up and ends.
# All have to come up, all shards have to have had some, and the daemon has to leave in good order without having written
# anything but log lines: a sanitizer's report is none.
set -euo pipefail

daemon_binary=$1/shard/ikehubd loader=$2 shards=$3 tunnels=$4
port=${PORT:-16500}
# shellcheck source=tests/shard/load_lib.sh
. "$(dirname "$0")/load_lib.sh"

configure
start "$work/ikehubd.log" "$shards"
load "$loader" --count "$tunnels" || fail "ikeload"
grep -qx "$tunnels of $tunnels tunnels up" "$work/report" || fail "ikeload"

daemon_stop || fail "ikehubd left with status $?"

if grep -v '^ts=' "$work/ikehubd.log"; then
    fail "that is no log line"
fi
served=$(grep -c 'event=shard-stopped shard=[0-9]* handshakes=[1-9]' "$work/ikehubd.log" || true)
[ "$served" -eq "$shards" ] || fail "$served of $shards shards had handshakes"
grep -q "event=stopped handshakes=$tunnels isakmp_sas=0 children=0" "$work/ikehubd.log" || fail "something is left"
