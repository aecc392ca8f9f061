#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Run in a Debian of its own, as root (tests/package/debian.sh): `install`, with a network, and then `live`, without one.
# Prints `case NAME: passed|failed` for each thing that an administrator does with the packages.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive

socket=/run/ikehub/ikehub.vici
log=/packages/ikehubd.log
pid=/packages/pid
tunnels=20

# ours: every path that is or could be of the packages.
ours() {
    find / -xdev \( -iname '*ikehub*' -o -iname '*libike*' -o -iname '*ikeload*' -o -path '*/x4/*' \) \
        -not -path '/packages*' | sort
}

if [ "$1" = install ]; then
    ours >/packages/before
    apt-get -q update
    apt-get -q -y install --no-install-recommends /packages/1/*.deb strongswan-swanctl iproute2
    exit
fi

# settle TRIES COMMAND...: a tenth of a second between two tries.
settle() {
    local tries=$1
    shift
    for (( ; tries > 0; tries--)); do
        ! "$@" >/dev/null 2>&1 || return 0
        sleep 0.1
    done
    "$@"
}

# of_unit NAME: the values of a setting of the unit.
of_unit() {
    sed -n "s/^$1=//p" /usr/lib/systemd/system/ikehubd.service
}

# As the unit starts it: its command, its folders, and no more capabilities than it allows.
start() {
    local set
    set=$(of_unit CapabilityBoundingSet | tr 'A-Z ' 'a-z,' | sed 's/cap_/+/g')
    mkdir -p "/run/$(of_unit RuntimeDirectory)" "/var/lib/$(of_unit StateDirectory)"
    chmod "$(of_unit StateDirectoryMode)" "/var/lib/$(of_unit StateDirectory)"
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

# Of the connection that the administrator writes; XFRM is not needed for it.
configure() {
    sed -i 's/^    kernel = xfrm$/    kernel = null/' /etc/ikehub/ikehub.conf
    grep -q '^    kernel = null$' /etc/ikehub/ikehub.conf
    cat >/etc/ikehub/conf.d/spokes.conf <<'CONF'
connections {
    spokes {
        version = 1
        local_addrs = 127.0.0.1
        remote_addrs = 127.0.0.0/8
        proposals = aes128-sha256-ecp256
        local {
            auth = psk
            id = hub.example.org
        }
        remote {
            auth = psk
        }
        children {
            net {
                local_ts = 192.168.0.0/16
                remote_ts = 10.0.0.0/8
                esp_proposals = aes128-sha256
            }
        }
    }
}
secrets {
    ike-spokes {
        secret = packaged
    }
}
CONF
    ikehubd --check
}

default_is_accepted() {
    ikehubd --check
    test "$(stat -c %a:%U /etc/ikehub/ikehub.conf /etc/ikehub | tr '\n' ' ')" = "640:root 750:root "
}

has_user() {
    getent passwd ikehub | grep -q ':/nonexistent:/usr/sbin/nologin$'
    test -L /etc/systemd/system/multi-user.target.wants/ikehubd.service
}

answers_swanctl() {
    swanctl --stats --uri "unix://$socket" | grep uptime
    swanctl --list-conns --uri "unix://$socket" | grep -q '^spokes: IKEv1'
}

has_tunnels() {
    swanctl --list-sas --raw --uri "unix://$socket" | grep -o 'state=ESTABLISHED' | wc -l | grep -qx "$tunnels"
}

brings_tunnels_up() {
    ikeload --target 127.0.0.1:500 --source 127.0.0.2 --count "$tunnels" --proposal aes128-sha256-ecp256 \
        --psk packaged --remote-id hub.example.org --hold >/packages/ikeload.report 2>&1 &
    settle 300 has_tunnels
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

check() {
    local status=0
    # A shell of its own, since -e is off inside a function that is tested.
    set +e
    (set -e; "$2") >/packages/output 2>&1
    status=$?
    set -e
    if [ "$status" -eq 0 ]; then
        echo "case package.$1: passed"
    else
        echo "case package.$1: failed (status $status)"
        cat /packages/output
        tail -n 5 "$log" 2>/dev/null
    fi
}

ip link set lo up
check deb-default-configuration default_is_accepted
check deb-user-and-links has_user
check deb-administrator-configures configure
check deb-starts start
check deb-answers-swanctl answers_swanctl
check deb-brings-tunnels-up brings_tunnels_up
check deb-upgrades upgrades
check deb-goes-on-after-upgrade goes_on_after_the_upgrade
check deb-is-removed is_removed
check deb-is-purged is_purged
