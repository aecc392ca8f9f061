#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# vpnc and strongSwan as remote-access clients, with FreeRADIUS beside the gateway
# needs: build test headend
. "$(dirname "$0")/lib.sh"
. "$root/deploy/lib/deps.sh"

# The options of swanctl.conf that its own manual has are those of ours, and no other.
options_are_known() {
    local theirs=/usr/share/man/man5/swanctl.conf.5.gz
    [ -r "$theirs" ] || {
        echo "there is no $theirs"
        return 1
    }
    diff <(zcat "$theirs" | sed -nE 's/^\.BR ((connections|secrets|pools|authorities)\.[^ ]+) .*/\1/p' |
        grep -vE '\.(ca)?cert<suffix>$' | sort) \
        <(sed -nE 's/^\.It Li ([^ ]+) Ta .*/\1/p' "$root/docs/man/ikehub-swanctl.5" | sort)
}

build release
if [ -r /usr/share/man/man5/swanctl.conf.5.gz ]; then
    check headend/options-of-swanctl options_are_known
else
    record skipped headend/options-of-swanctl "the manuals of strongSwan are not installed"
fi

check headend/scenarios python3 "$root/tests/interop/run.py" --scenarios

status=0
log=$(mktemp)
deps_as_root python3 "$root/tests/interop/run.py" --suite headend --build "$build_root/release" 2>&1 |
    tee "$log" || status=$?

record_cases "$log"

# The harness may fail without a failed case.
if [ "$status" -ne 0 ] && ! grep -q ': failed' "$log"; then
    exit "$status"
fi
rm -f "$log"
