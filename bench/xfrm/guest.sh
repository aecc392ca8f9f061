#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# What runs inside the virtual machine: xfrm_cost, the first argument, with the machine's kernel, which gets the SAs of as
# many tunnels as the second one says. Prints what it printed, with KIND- before each name.
set -e -o pipefail
measure() {
    local kind=$1
    shift
    "$@" | sed "s/^/$kind-/"
}

measure own "$1" answered 2000
measure listed "$1" kernel 2000 42
ip xfrm policy set hthresh4 0 32 # docs/data-plane.md
measure hashed "$1" kernel "$2" 42
