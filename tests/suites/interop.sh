#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# strongSwan in network namespaces, in both directions
# needs: build test interop
. "$(dirname "$0")/lib.sh"
. "$root/deploy/lib/deps.sh"

build release

status=0
log=$(mktemp)
interop() {
    deps_as_root python3 "$root/tests/interop/run.py" --build "$build_root/release" "$@" 2>&1 | tee -a "$log" || status=$?
}

# All as the daemon comes, which is with the vector unit if the processor has it; and what MODP groups matter to without.
interop
interop --crypto openssl 'proposal/*modp*' 'aggressive/*modp*' rekey

record_cases "$log"

# The harness may fail without a failed case.
if [ "$status" -ne 0 ] && ! grep -q ': failed' "$log"; then
    exit "$status"
fi
rm -f "$log"
