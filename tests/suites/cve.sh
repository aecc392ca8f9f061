#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# faults that other IKE daemons had, one test a CVE
# needs: build test
. "$(dirname "$0")/lib.sh"

# What begins another program, or makes words of a text as a shell does. A fork alone begins none: the store's pages are
# read by a child that does nothing else.
starters='system|popen|posix_spawnp?|exec(l|le|lp|v|ve|vp|vpe)|execveat|fexecve|wordexp'

# The programs and the library, as the build made them.
installed() {
    find "$build_root"/release/{core,shard,bench/load} -maxdepth 1 -type f -executable \
        \( -name 'ikehub*' -o -name ikeload -o -name 'libike.so*' \)
}

# Zyxel (CVE-2023-28771) and openswan (CVE-2010-3752, -3753): text of a peer's reached a shell. Nothing that is
# installed can begin one.
no_shell() {
    local file files found=''
    files=$(installed)
    [ "$(wc -l <<<"$files")" -ge 3 ]
    for file in $files; do
        found+=$(nm -D --undefined-only "$file" | awk -v file="${file##*/}" -v names="^($starters)(@|$)" \
            '$2 ~ names { print file ": " $2 "\n" }')
    done
    [ -z "$found" ] || {
        printf 'functions that begin other programs:\n%s\n' "$found"
        return 1
    }
}

build release
check cve.2023-28771 no_shell
run_ctest release cve
