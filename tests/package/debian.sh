# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# The Debian packages: what cpack makes, and what becomes of it in a Debian of its own. Sourced by the suite package;
# needs $root, $build_root, $work and what tests/suites/lib.sh has.
: "${root:?}" "${build_root:?}" "${work:?}"
# shellcheck source=deploy/lib/deps.sh
. "$root/deploy/lib/deps.sh"

packages=$work/packages
tree=$work/tree

# pack RELEASE: all packages, of this release of the version, into $packages/RELEASE.
pack() {
    local output
    output=$(cd "$build_root/debian" &&
        cpack -D CPACK_DEBIAN_PACKAGE_RELEASE="$1" -D CPACK_OUTPUT_FILE_PREFIX="$packages/$1") || {
        printf '%s\n' "$output"
        return 1
    }
    ls "$packages/$1"/{ikehub,ikeload,libike-dev,libike0}_*-"$1"_*.deb
}

# The newer one has another default configuration, so that dpkg has to choose.
make_newer() {
    local package
    pack 2
    package=$(ls "$packages"/2/ikehub_*.deb)
    dpkg-deb -R "$package" "$work/newer"
    echo "# A comment that the older one does not have." >>"$work/newer/etc/ikehub/ikehub.conf"
    (cd "$work/newer" && find etc usr -type f -exec md5sum {} + >DEBIAN/md5sums)
    dpkg-deb --root-owner-group -b "$work/newer" "$package"
}

# These packages are not uploaded to Debian: nothing asks for them there, and nobody reads mail about them.
lint() {
    lintian --fail-on error,warning --suppress-tags bogus-mail-host,initial-upload-closes-no-bugs "$packages"/1/*.deb
}

# Each program and each file of the configuration has a manual page in the same package; libraries in that of headers.
have_pages() {
    local package file
    for package in ikehub ikeload libike-dev; do
        dpkg-deb -c "$packages/1/$package"_*.deb | awk '{ print $6 }' >"$work/contents"
        while read -r file; do
            grep -qE "/man/man[1-9]/$(basename "$file")\.[1-9]\.gz$" "$work/contents" || {
                echo "$package: no page for $file"
                return 1
            }
        done < <(sed -nE '/\/s?bin\/.|\/etc\/ikehub\/.*\.conf$/p; s/libike\.a$/libike/p' "$work/contents")
    done
}

# What is installed by hand is found as the package has it.
unit=$root/deploy/systemd/ikehubd.service

verify_unit() {
    mkdir -p "$work/unit"
    sed "s|/usr/sbin/ikehubd|$build_root/debian/shard/ikehubd|" "$unit" >"$work/unit/ikehubd.service"
    systemd-analyze verify --man=no "$work/unit/ikehubd.service"
}

# exposure UNIT: systemd's figure, from 0 to 10, in tenths.
exposure() {
    systemd-analyze security --offline=true --no-pager "$1" |
        sed -nE 's/.*Overall exposure level for .*: ([0-9]+)\.([0-9]) .*/\1\2/p'
}

# Better than Debian's units of strongSwan are.
compare_units() {
    local ours theirs other
    ours=$(exposure "$unit")
    for other in /lib/systemd/system/strongswan{,-starter}.service; do
        theirs=$(exposure "$other")
        echo "tenths of exposure: ikehubd $ours, $(basename "$other") $theirs"
        [ "$ours" -lt "$theirs" ]
    done
}

# Each line that keeps something away has a comment above it, or above the lines that it stands among.
unit_is_explained() {
    awk '/^#/ { explained = 1; next }
        /^$/ { explained = 0; next }
        /^\[/ { sandbox = 0 }
        /^CapabilityBoundingSet=/ { sandbox = 1 }
        sandbox && !explained { print FILENAME ": " FNR ": no comment for " $0; bad = 1 }
        END { exit bad }' "$unit"
}

# A Debian that has what every Debian has, and apt, from where this machine has its packages.
make_tree() {
    local sources=()
    mapfile -t sources < <(find /etc/apt/sources.list /etc/apt/sources.list.d -type f -name '*sources*' -size +0)
    deps_as_root mmdebstrap --quiet --variant=apt "" "$tree" "${sources[@]}" </dev/null
    deps_as_root mkdir "$tree/packages"
    deps_as_root cp -r "$packages/." "$root"/tests/package/{cases,inside,booted}.sh "$tree/packages/"
}

# Dependencies come from Debian's archive: the last step that needs a network.
install_packages() {
    deps_as_root unshare --mount --pid --fork --kill-child sh -ec "
        mount -t proc proc '$tree/proc'
        mount --bind /dev '$tree/dev'
        chroot '$tree' /bin/bash /packages/inside.sh install"
}

# Its own processes and network: whatever fails, nothing stays.
live() {
    deps_as_root unshare --mount --pid --net --fork --kill-child sh -ec "
        mount -t proc proc '$tree/proc'
        mount --bind /dev '$tree/dev'
        mount -t tmpfs -o mode=0755 tmpfs '$tree/run'
        exec chroot '$tree' /bin/bash /packages/inside.sh live" >"$work/live" 2>&1 || echo "it ended with $?" >>"$work/live"
    cat "$work/live"
    record_cases "$work/live"
    ! grep -q '^it ended' "$work/live"
}

# Under systemd, as on a machine, where a container can have one.
boot() {
    mkdir "$work/out"
    deps_as_root bash "$root/tests/package/boot.sh" "$tree" "$work/out" >"$work/boot" 2>&1 || echo "it ended with $?" >>"$work/boot"
    if [ ! -s "$work/out/cases" ]; then
        record skipped package.unit "systemd does not boot here: $(tail -n 1 "$work/boot")"
        return
    fi
    cat "$work/out/cases"
    record_cases "$work/out/cases"
    grep -q 'case package.unit-wrong-configuration:' "$work/out/cases"
}
