# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# Builds one of the presets of CMakePresets.json. Sourced; needs $root, the top of the tree.
: "${root:?}"

# Where the build directories of all presets are; IKEHUB_BUILD moves them out of the tree.
build_root=$(realpath -m "${IKEHUB_BUILD:-$root/build}")

# build PRESET [TARGET]: configures and builds into $build_root/PRESET, all or a target. Quiet, unless it fails.
build() {
    local preset=$1 log=$build_root/$1.log
    mkdir -p "$build_root"
    if (cd "$root" && cmake --preset "$preset" -B "$build_root/$preset") >"$log" 2>&1 &&
        cmake --build "$build_root/$preset" -j "$(nproc)" ${2:+--target "$2"} >>"$log" 2>&1; then
        return 0
    fi
    echo "preset $preset does not build; the end of $log:" >&2
    tail -n 40 "$log" >&2
    return 1
}
