#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# an installed libike works for others; Debian packages are made, installed, upgraded and purged; the unit is accepted
# needs: build test package
. "$(dirname "$0")/lib.sh"

work=$(mktemp -d)
# shellcheck source=tests/package/debian.sh
. "$root/tests/package/debian.sh"
trap 'deps_as_root rm -rf --one-file-system "$work"' EXIT
prefix=$work/prefix
consumer=$root/tests/package

entry_points=(x4_charon_init x4_charon_init1 x4_charon_init2 x4_charon_recv
    x4_charon_term x4_charon_term1 x4_charon_term2 x4_charon_tick
    x4_modp_new x4_modp_free)

install_all() {
    cmake --install "$build_root/release" --prefix "$prefix" >/dev/null
    ls "$prefix/sbin/ikehubd" "$prefix/sbin/ikehubctl" "$prefix/bin/ikeload"
}

# Each public header compiles alone, as C and as C++.
headers() {
    local header
    (cd "$prefix/include" && find . -name '*.h') | while read -r header; do
        echo "#include <$header>" | clang -std=c17 -Wall -Werror -I"$prefix/include" -fsyntax-only -xc -
        echo "#include <$header>" | clang++ -std=c++17 -Wall -Werror -I"$prefix/include" -fsyntax-only -xc++ -
    done
}

exports() {
    diff <(printf '%s\n' "${entry_points[@]}" | sort) \
        <(nm -D --defined-only "$libdir/libike.so" | awk '{ print $3 }' | sort)
}

with_pkg_config() {
    export PKG_CONFIG_PATH=$libdir/pkgconfig
    # Word splitting is wanted: pkg-config prints several options.
    # shellcheck disable=SC2046
    gcc -Wall -Werror "$consumer/consumer.c" $(pkg-config --cflags --libs ike) -o "$work/consumer"
    LD_LIBRARY_PATH=$libdir "$work/consumer"
}

with_find_package() {
    cmake -G Ninja -S "$consumer" -B "$work/consumer-build" -DCMAKE_PREFIX_PATH="$prefix"
    cmake --build "$work/consumer-build"
    "$work/consumer-build/consumer_ike"
    "$work/consumer-build/consumer_ike_static"
}

build release
check package.install install_all
libdir=$(dirname "$(find "$prefix" -name libike.so)")
check package.headers headers
check package.exports exports
check package.pkg-config with_pkg_config
check package.find-package with_find_package

build debian installed
check package.deb-build pack 1
check package.deb-newer make_newer
check package.deb-lint lint
check package.deb-pages have_pages
check package.unit-verify verify_unit
check package.unit-explained unit_is_explained
check package.unit-exposure compare_units
check package.deb-tree make_tree
check package.deb-install install_packages
boot
live
