# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# A daemon and ikeload, in a directory of their own. Sourced; needs $daemon_binary and $port.
: "${daemon_binary:?}" "${port:?}"
# shellcheck source=deploy/lib/daemon.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../deploy/lib/daemon.sh"
secret="a key for one machine only"

umask 077
work=$(mktemp -d)
loader_pid=
trap 'daemon_kill; [ -z "$loader_pid" ] || kill -KILL "$loader_pid" 2>/dev/null || true; rm -rf "$work"' EXIT

fail() {
    echo "$1" >&2
    tail -n 40 "$work"/*.log "$work/report" "$work/progress" >&2
    exit 1
}

# awaited SECONDS COMMAND...: until the command succeeds.
awaited() {
    local tries=$(($1 * 10))
    shift
    for (( ; tries > 0; tries--)); do
        if "$@"; then
            return 0
        fi
        sleep 0.1
    done
    return 1
}

# told LOG COUNT: the daemon has written that many lines of statistics.
told() {
    [ "$(grep -c 'event=statistics' "$1")" -ge "$2" ]
}

# statistics LOG: sets $line to what the daemon says when it is asked.
statistics() {
    local count
    count=$(grep -c 'event=statistics' "$1" || true)
    kill -USR1 "$daemon_pid"
    awaited 10 told "$1" $((count + 1)) || fail "the daemon tells no statistics"
    # Used by who calls.
    # shellcheck disable=SC2034
    line=$(grep 'event=statistics' "$1" | tail -n 1)
}

# configure: writes the configuration.
configure() {
    cat >"$work/ikehub.conf" <<CONF
connections {
    load {
        version = 1
        local_addrs = 127.0.0.1
        remote_addrs = 127.0.0.0/8
        proposals = aes128-sha256-ecp256
        durability = ${durability:-async}
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
}

# configure_store DURABILITY: the same with a store.
configure_store() {
    durability=$1 configure
    cat >>"$work/ikehub.conf" <<CONF
ikehub {
    store {
        directory = $work/store
        stop = farewell
    }
}
CONF
}

# start LOG SHARDS: starts the daemon.
start() {
    daemon_start "$1" --config "$work/ikehub.conf" --listen 127.0.0.1 --port "$port" --port-nat-t 0 --shards "$2" \
        --log-level notice
}

arguments=(--target "127.0.0.1:$port" --source 127.0.0.1 --proposal aes128-sha256-ecp256 --psk "$secret"
    --remote-id hub.example.org)

# load LOADER ARGUMENT...: brings tunnels up, and deletes them.
load() {
    "$1" "${arguments[@]}" "${@:2}" >"$work/report" 2>"$work/progress"
}

# hold LOADER ARGUMENT...: begins tunnels that are held until the loader is asked to end, and then deleted.
hold() {
    "$1" "${arguments[@]}" --hold "${@:2}" >"$work/report" 2>"$work/progress" &
    loader_pid=$!
}
