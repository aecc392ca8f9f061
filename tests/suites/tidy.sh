#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# clang-tidy with the checks of .clang-tidy
# needs: build test tidy
. "$(dirname "$0")/lib.sh"

tidy() {
    (cd "$root" && find core ioring shard bench -name '*.c' -print0 |
        xargs -0 -n 4 -P "$(nproc)" clang-tidy -p "$build_root/clang" --quiet --warnings-as-errors='*')
}

build clang
check tidy tidy
