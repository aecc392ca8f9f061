#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# deploy/quickstart brings up 1,000 tunnels, which survive the daemon's kill
# needs: build
. "$(dirname "$0")/lib.sh"

quickstart() {
    "$root/deploy/quickstart" >"$log" 2>&1 || return 1
    grep -q 'event=revived .*isakmp_sas=1000 children=1000 refused=0' "$log" || return 1
    [ "$(tail -n 1 "$log")" = "1000 of 1000 tunnels up" ]
}

log=$(mktemp)
check quickstart.tunnels quickstart
cat "$log"
rm -f "$log"
