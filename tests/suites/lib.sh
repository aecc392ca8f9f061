# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# What the suites share. Sourced first by every suite; tests/run sets SUITE and RESULTS and runs the suite with -e.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
: "${SUITE:=$(basename "$0" .sh)}" "${RESULTS:=/dev/null}"
# shellcheck source=deploy/lib/build.sh
. "$root/deploy/lib/build.sh"

# record STATUS NAME [WHY...]: one result; STATUS is passed, failed or skipped.
record() {
    local status=$1 name=$2
    shift 2
    echo "case $name: $status${*:+ $*}"
    echo "$status $SUITE $name${*:+ $*}" >>"$RESULTS"
}

# check NAME COMMAND...: one result from a command that prints what is wrong and fails.
# The command runs in a shell of its own with -e, since -e is off inside a function that is tested.
check() {
    local name=$1 output status=0
    shift
    set +e
    output=$(set -e; "$@" 2>&1)
    status=$?
    set -e
    if [ "$status" -eq 0 ]; then
        record passed "$name"
    else
        record failed "$name" "(status $status)"
        # Not head: it would end printf with a signal.
        printf '%s\n' "$output" | sed -n 1,80p
    fi
}

# record_cases FILE: the results of a harness, lines `case NAME: passed|failed|skipped [WHY]`.
record_cases() {
    local name result why
    while read -r name result why; do
        echo "$result $SUITE $name $why" >>"$RESULTS"
    done < <(sed -nE 's/^case ([^:]+): (passed|failed|skipped)( .*)?$/\1 \2\3/p' "$1")
}

# sources EXTENSION...: the source files of the tree with these extensions, one a line.
sources() {
    local extension names=()
    for extension in "$@"; do
        names+=(-o -name "*.$extension")
    done
    (cd "$root" && find core ioring store shard bench docs tests -type f \( "${names[@]:1}" \) -not -path '*/corpus/*' | sort)
}

# run_ctest PRESET LABELS [PREFIX]: runs the tests with a label that matches the regular expression; one result a test,
# whose name begins with the prefix.
run_ctest() {
    local prefix=${3:-} build=$build_root/$1 output status=0 state name failed=0
    output=$(mktemp)
    ctest --test-dir "$build" -L "^($2)\$" -j "$(nproc)" --output-on-failure --no-tests=error \
        >"$output" 2>&1 || status=$?
    while read -r state name; do
        # shellcheck disable=SC2086
        record "$state" $prefix$name
        [ "$state" != failed ] || failed=1
    done < <(ctest_results "$output")
    if [ "$status" -ne 0 ]; then
        grep -vE '^ *Start +[0-9]+:|   Passed ' "$output"
        # ctest can fail without a failed test, for instance when it finds none.
        [ "$failed" -ne 0 ] || return "$status"
    fi
    rm -f "$output"
    ctest_skips "$build"
}

# ctest_results FILE: "STATUS NAME [WHY]" for every test in ctest's output.
ctest_results() {
    awk '/^ *[0-9]+\/[0-9]+ Test +#[0-9]+: / {
        name = $0
        sub(/^[^:]*: /, "", name)
        sub(/ .*/, "", name)
        if ($0 ~ / Passed +[0-9.]+ sec/) print "passed", name
        else if ($0 ~ /\*\*\*Skipped/) print "skipped", name
        else { sub(/^.*\*\*\*/, ""); sub(/ +[0-9.]+ sec.*/, ""); print "failed", name, "(" $0 ")" }
    }' "$1"
}

# Single cmocka tests that skipped themselves inside a program that passed; ctest knows programs only.
ctest_skips() {
    local program test
    while read -r program test; do
        record skipped "$program.$test"
    done < <(awk '/^[0-9]+\/[0-9]+ Testing: / { program = $3 }
        /^\[  SKIPPED \] [A-Za-z_0-9]+$/ { if (!seen[program, $4]++) print program, $4 }' \
        "$1/Testing/Temporary/LastTest.log")
}
