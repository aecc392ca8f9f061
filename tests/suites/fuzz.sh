#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# libFuzzer targets: the corpus once, then FUZZ_SECONDS (20) of new inputs for each, drawn from FUZZ_SEED (1)
# needs: build test fuzz
. "$(dirname "$0")/lib.sh"

# The same inputs in every run, as far as the time reaches; another seed, 0 for one by chance, looks elsewhere.
seconds=${FUZZ_SECONDS:-20}
seed=${FUZZ_SEED:-1}
build fuzz

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
found=$build_root/fuzz/found
mkdir -p "$found"
limits=(-timeout=10 -rss_limit_mb=2048 -print_final_stats=1)
export ASAN_OPTIONS=detect_leaks=1

corpus_of() {
    echo "$root/tests/fuzz/corpus/${1#fuzz_}"
}

# An input that fails is kept, named after its target, in the build directory.
replay() {
    local name=$1
    [ -n "$(find "$(corpus_of "$name")" -type f -print -quit)" ]
    "$build_root/fuzz/tests/fuzz/$name" "${limits[@]}" -runs=0 "-artifact_prefix=$found/$name-" "$(corpus_of "$name")"
}

# New inputs are collected outside the tree; the corpus in the tree grows only by hand.
fuzz() {
    local name=$1
    mkdir -p "$work/$name"
    "$build_root/fuzz/tests/fuzz/$name" "${limits[@]}" "-max_total_time=$seconds" "-seed=$seed" \
        "-artifact_prefix=$found/$name-" "$work/$name" "$(corpus_of "$name")" >"$work/$name.log" 2>&1 && echo passed >"$work/$name.result"
}

mapfile -t targets < <(find "$build_root/fuzz/tests/fuzz" -maxdepth 1 -type f -name 'fuzz_*' -executable -printf '%f\n' | sort)

for target in "${targets[@]}"; do
    check "fuzz.${target#fuzz_}.corpus" replay "$target"
done
[ "$seconds" -gt 0 ] || exit 0

for target in "${targets[@]}"; do
    while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do
        wait -n || true
    done
    fuzz "$target" &
done
wait

for target in "${targets[@]}"; do
    if [ -f "$work/$target.result" ]; then
        grep -E '^(Done|stat::number_of_executed_units|stat::new_units_added)' "$work/$target.log" | sed "s/^/$target: /"
        record passed "fuzz.${target#fuzz_}"
    else
        tail -n 40 "$work/$target.log"
        record failed "fuzz.${target#fuzz_}" "input kept in $found"
    fi
done
