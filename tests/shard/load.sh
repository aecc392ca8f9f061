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
# shellcheck source=deploy/lib/daemon.sh
. "$(dirname "$0")/../../deploy/lib/daemon.sh"
port=${PORT:-16500}
secret="a key for one machine only"

umask 077
work=$(mktemp -d)
trap 'daemon_kill; rm -rf "$work"' EXIT

fail() {
    echo "$1" >&2
    tail -n 40 "$work/ikehubd.log" >&2
    exit 1
}

cat >"$work/ikehub.conf" <<CONF
connections {
    load {
        version = 1
        local_addrs = 127.0.0.1
        remote_addrs = 127.0.0.0/8
        proposals = aes128-sha256-ecp256
        local {
            auth = psk
            id = hub.example.org
        }
        remote {
            auth = psk
        }
        children {
            net {
                local_ts = 192.168.0.0/16
                remote_ts = 10.0.0.0/8
                esp_proposals = aes128-sha256
            }
        }
    }
}
secrets {
    ike-load {
        secret = "$secret"
    }
}
CONF

daemon_start "$work/ikehubd.log" --config "$work/ikehub.conf" --listen 127.0.0.1 --port "$port" --port-nat-t 0 \
    --shards "$shards" --log-level notice

"$loader" --target "127.0.0.1:$port" --source 127.0.0.1 --count "$tunnels" --proposal aes128-sha256-ecp256 --psk "$secret" \
    --remote-id hub.example.org >"$work/report" 2>"$work/progress" || fail "ikeload: $(tail -n 3 "$work/report" "$work/progress")"
grep -qx "$tunnels of $tunnels tunnels up" "$work/report" || fail "ikeload: $(tail -n 3 "$work/report" "$work/progress")"

daemon_stop || fail "ikehubd left with status $?"

if grep -v '^ts=' "$work/ikehubd.log"; then
    fail "that is no log line"
fi
served=$(grep -c 'event=shard-stopped shard=[0-9]* handshakes=[1-9]' "$work/ikehubd.log" || true)
[ "$served" -eq "$shards" ] || fail "$served of $shards shards had handshakes"
grep -q "event=stopped handshakes=$tunnels isakmp_sas=0 children=0" "$work/ikehubd.log" || fail "something is left"
