# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# Installs the Debian packages of deploy/deps. Sourced; needs $root, the top of the tree.
: "${root:?}"

# deps_of PURPOSE: the packages of one purpose.
deps_of() {
    sed -n "s/^$1://p" "$root/deploy/deps"
}

# deps_missing PURPOSE...: prints the packages of these purposes that are not installed.
deps_missing() {
    local purpose package
    for purpose in "$@"; do
        if ! grep -q "^$purpose:" "$root/deploy/deps"; then
            echo "deploy/deps has no purpose '$purpose'" >&2
            return 1
        fi
        for package in $(deps_of "$purpose"); do
            dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q '^ii' || echo "$package"
        done
    done | sort -u
}

# deps_as_root COMMAND...: runs a command as root, through sudo where the caller is not.
deps_as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo --preserve-env=DEBIAN_FRONTEND,KILLS "$@"
    else
        echo "must be root, or have sudo, to run: $*" >&2
        return 1
    fi
}

# deps_install PURPOSE...: installs what is missing for these purposes; touches nothing when nothing is.
deps_install() {
    local missing
    missing=$(deps_missing "$@") || return 1
    [ -n "$missing" ] || return 0
    # Unquoted: one package a word.
    # shellcheck disable=SC2086
    set -- $missing
    echo "installing: $*"
    export DEBIAN_FRONTEND=noninteractive
    # A list that cannot be refreshed may still do; what cannot be installed may not.
    deps_as_root apt-get -q update >/dev/null || true
    deps_as_root apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends "$@" >/dev/null
}
