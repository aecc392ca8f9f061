#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# handshake_test.sh PROGRAM: both roles of the example talk to each other over loopback; then with secrets that differ.
set -euo pipefail
program=$1

# talk SECRET SECRET: the exit statuses of initiator and responder in $initiator and $responder.
talk() {
    local at fd pid
    coproc RESPONDER { exec "$program" respond 127.0.0.1 0 "$1"; }
    pid=$RESPONDER_PID fd=${RESPONDER[0]}
    # The descriptor of a coprocess is closed when that ends; a copy stays.
    exec {out}<&"$fd"
    read -r _ at <&"$out"
    initiator=0 responder=0
    "$program" initiate "${at%:*}" "${at##*:}" "$2" || initiator=$?
    cat <&"$out"
    exec {out}<&-
    wait "$pid" || responder=$?
}

talk secret secret
[ "$initiator $responder" = "0 0" ] || { echo "equal secrets: $initiator $responder"; exit 1; }
talk secret another
[ "$initiator $responder" = "1 1" ] || { echo "different secrets: $initiator $responder"; exit 1; }
