#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# packets through the kernel's ESP between ikehubd and strongSwan, in a virtual machine with Debian's kernel
# needs: build test dataplane
. "$(dirname "$0")/lib.sh"
. "$root/deploy/lib/deps.sh"

build release

status=0
log=$(mktemp)
deps_as_root python3 "$root/tests/dataplane/run.py" --build "$build_root/release" --keep "$build_root/dataplane" 2>&1 |
    tee "$log" || status=$?
record_cases "$log"
rm -f "$log"
exit "$status"
