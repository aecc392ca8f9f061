#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Run in a Debian of its own, as root (tests/package/debian.sh): `install`, with a network, and then `live`, without one.
# Prints `case NAME: passed|failed` for each thing that an administrator does with the packages.
set -euo pipefail
# shellcheck source=tests/package/cases.sh
. /packages/cases.sh
export DEBIAN_FRONTEND=noninteractive

log=/packages/ikehubd.log
pid=/packages/pid

# ours: every path that is or could be of the packages.
ours() {
    find / -xdev \( -iname '*ikehub*' -o -iname '*libike*' -o -iname '*ikeload*' -o -path '*/x4/*' \) \
        -not -path '/packages*' -not -path '/tmp/*' | sort
}

if [ "$1" = install ]; then
    ours >/packages/before
    apt-get -q update
    apt-get -q -y install --no-install-recommends /packages/1/*.deb strongswan-swanctl iproute2 systemd
    exit
fi

# of_unit NAME: the values of a setting of the unit.
of_unit() {
    sed -n "s/^$1=//p" /usr/lib/systemd/system/ikehubd.service
}

# As the unit starts it: its command, its folders, and no more capabilities than it allows.
start() {
    local set
    set=$(of_unit CapabilityBoundingSet | tr 'A-Z ' 'a-z,' | sed 's/cap_/+/g')
    mkdir -p "/run/$(of_unit RuntimeDirectory)"
    # shellcheck disable=SC2046
    setpriv --bounding-set="-all,$set" --inh-caps=-all --no-new-privs $(of_unit ExecStart) >>"$log" 2>&1 &
    echo $! >"$pid"
    settle 100 ikehubctl status
}

is_gone() {
    test ! -e "/proc/$(cat "$pid")"
}

stop() {
    kill -TERM "$(cat "$pid")"
    settle 50 is_gone
    tail -n 1 "$log" | grep 'event=stopped'
}

# ------------------------------------------------------------------ what is looked at

default_is_accepted() {
    ikehubd --check
    test "$(stat -c %a:%U /etc/ikehub/ikehub.conf /etc/ikehub | tr '\n' ' ')" = "640:root 750:root "
}

has_user() {
    getent passwd ikehub | grep -q ':/nonexistent:/usr/sbin/nologin$'
    test "$(stat -c %U:%a /var/lib/ikehub)" = ikehub:700
    test -L /etc/systemd/system/multi-user.target.wants/ikehubd.service
}

answers_swanctl() {
    swanctl --stats --uri "unix://$socket" | grep uptime
    swanctl --list-conns --uri "unix://$socket" | grep -q '^spokes: IKEv1'
}

# without CAPABILITY LINE: it does not start, and says why in one line.
without() {
    local status=0
    setpriv --bounding-set="-$1" --inh-caps=-all ikehubd --config /tmp/bare.conf >/tmp/bare.log 2>&1 || status=$?
    test "$status" -eq 1
    diff <(echo "ikehubd: $2") /tmp/bare.log
}

names_missing_capabilities() {
    echo 'ikehub { socket =
kernel = xfrm }' >/tmp/bare.conf
    without net_admin 'this kernel installs no IPsec SAs: Operation not permitted: CAP_NET_ADMIN is needed'
    sed -i s/xfrm/null/ /tmp/bare.conf
    without net_bind_service 'UDP 0.0.0.0:500: Permission denied: ports below 1024 need CAP_NET_BIND_SERVICE'
}

upgrades() {
    dpkg --force-confdef --force-confold -i /packages/2/*.deb
    dpkg-query -W -f '${Version}\n' ikehub | grep -q -- '-2$'
    grep -q '^    kernel = null$' /etc/ikehub/ikehub.conf
    grep -q 'A comment that the older one does not have' /etc/ikehub/ikehub.conf.dpkg-dist
    test -f /etc/ikehub/conf.d/spokes.conf
}

goes_on_after_the_upgrade() {
    stop
    start
    settle 100 has_tunnels
    grep -q "event=revived .*isakmp_sas=$tunnels " "$log"
}

is_removed() {
    stop
    dpkg --remove ikehub ikeload libike-dev libike0
    test ! -e /usr/sbin/ikehubd
    # Until it is purged.
    test -f /etc/ikehub/ikehub.conf
    test -d /var/lib/ikehub
}

is_purged() {
    # What administrators wrote themselves they take away themselves.
    rm -f /etc/ikehub/conf.d/spokes.conf
    dpkg --purge ikehub ikeload libike-dev libike0
    rm -rf /run/ikehub
    ours >/packages/after
    diff /packages/before /packages/after
    # Its number may not become another's: the user stays, as Debian's policy lets it.
    getent passwd ikehub
}

ip link set lo up
check deb-default-configuration default_is_accepted
check deb-user-and-links has_user
check deb-administrator-configures configure
check deb-names-missing-capabilities names_missing_capabilities
check deb-starts start
check deb-answers-swanctl answers_swanctl
check deb-brings-tunnels-up brings_tunnels_up
check deb-upgrades upgrades
check deb-goes-on-after-upgrade goes_on_after_the_upgrade
check deb-is-removed is_removed
check deb-is-purged is_purged
