#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# clang-tidy with the checks of .clang-tidy
# needs: build test tidy
. "$(dirname "$0")/lib.sh"

tidy() {
    cd "$root"
    # store_engines.c is no part of the build.
    sources c | grep -vE '^(tests/|bench/store_engines\.c$)' |
        xargs -n 4 -P "$(nproc)" clang-tidy -p "$build_root/clang" --quiet --warnings-as-errors='*' 2>&1 |
        sed -E '/^[0-9]+ warnings? generated\.$/d; /^[0-9]+ warnings? treated as/d'
}

build clang
check tidy tidy
