# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# Runs one ikehubd for a script. Sourced; needs $build_root of deploy/lib/build.sh, or the path $daemon_binary.
: "${daemon_binary:=${build_root:?}/release/shard/ikehubd}"

daemon_pid=

# daemon_start LOG ARGUMENT...: starts ikehubd and returns once it has said that it is ready. It has no control socket,
# which would be outside of what the script may change.
daemon_start() {
    local log=$1 tries
    shift
    "$daemon_binary" --socket none --kernel null "$@" >"$log" 2>&1 &
    daemon_pid=$!
    for ((tries = 0; tries < 100; tries++)); do
        if grep -qs 'event=ready' "$log"; then
            return 0
        fi
        kill -0 "$daemon_pid" 2>/dev/null || break
        sleep 0.1
    done
    echo "ikehubd did not start:" >&2
    cat "$log" >&2
    return 1
}

# daemon_stop: SIGTERM; the daemon has to leave by itself, with status 0, within two seconds.
daemon_stop() {
    local pid=$daemon_pid tries
    kill -TERM "$pid"
    for ((tries = 0; tries < 20; tries++)); do
        if ! kill -0 "$pid" 2>/dev/null; then
            daemon_pid=
            wait "$pid"
            return
        fi
        sleep 0.1
    done
    echo "ikehubd was still there two seconds after SIGTERM" >&2
    return 1
}

# daemon_kill: for the way out of a script that failed.
daemon_kill() {
    [ -z "$daemon_pid" ] || kill -KILL "$daemon_pid" 2>/dev/null || true
}
