#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# formatting, file length, licence headers, unfinished marks, shell scripts, man pages, the RFC matrix, the reasons, the events, links
# needs: test
. "$(dirname "$0")/lib.sh"

# The scripts of the tree that have no extension.
scripts=(tests/run bench/run deploy/quickstart deploy/failover/both/has-estate deploy/failover/bgp/announce .ci/run)

# Every text that people write: sources, scripts, build files.
texts() {
    (cd "$root" && {
        sources c cc h py sh
        printf '%s\n' "${scripts[@]}" deploy/lib/*.sh CMakeLists.txt cmake/*.cmake
        find core ioring store shard bench docs tests -name CMakeLists.txt
    } | sort -u)
}

# none WHAT COMMAND...: fails, with the output, if the command prints anything.
none() {
    local what=$1 found
    shift
    found=$("$@") || true
    [ -z "$found" ] || {
        printf '%s:\n%s\n' "$what" "$found"
        return 1
    }
}

formatted() {
    cd "$root"
    sources c cc h | xargs clang-format --dry-run -Werror
}

longest=800
long_files() {
    texts | xargs wc -l | awk -v max=$longest '$2 != "total" && $1 > max { print $2 ": " $1 " lines" }'
}

# Spelled in two parts, so that this file is not its own finding.
unfinished() {
    texts | xargs grep -nE "TO""DO|FIX""ME|\bXX""X\b|HA""CK|not impl""emented|unimpl""emented"
}

with_tabs() {
    texts | xargs grep -nP '\t'
}

trailing_space() {
    texts | xargs grep -nE ' +$'
}

without_licence() {
    texts | grep -v 'CMakeLists.txt$\|\.cmake$' |
        while read -r file; do
            head -n 3 "$file" | grep -q 'SPDX-License-Identifier: BSD-2-Clause' || echo "$file"
        done
}

shells() {
    cd "$root"
    { printf '%s\n' "${scripts[@]}" deploy/lib/*.sh; sources sh; } | sort -u | xargs shellcheck -x -P SCRIPTDIR -P .
}

man_pages() {
    cd "$root"
    mandoc -T lint -W warning docs/man/*.[1-9]
}

rfc_matrix() {
    python3 "$root/docs/rfc/matrix.py" --check
}

reasons() {
    python3 "$root/docs/reasons.py"
}

operations() {
    python3 "$root/docs/operations.py"
}

links() {
    python3 "$root/docs/links.py"
}

cd "$root"
check style.format formatted
check style.length none "over $longest lines" long_files
check style.licence none "no licence in the first three lines" without_licence
check style.unfinished none "marks of unfinished work" unfinished
check style.tabs none "tabs" with_tabs
check style.spaces none "spaces at the end of a line" trailing_space
check style.shell shells
check style.man man_pages
check style.rfc-matrix rfc_matrix
check style.reasons reasons
check style.operations operations
check style.links links
