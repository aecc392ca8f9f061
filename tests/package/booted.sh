#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Run in a Debian that systemd has booted, as root (tests/package/boot.sh): the packages are installed, and so ikehubd was
# started by its unit. Prints `case NAME: passed|failed` for each thing that is expected of that.
set -euo pipefail
# shellcheck source=tests/package/cases.sh
. /packages/cases.sh

# property NAME: of the unit.
property() {
    systemctl show --value --property="$1" ikehubd
}

# has_status EXPRESSION: of the whole line.
has_status() {
    property StatusText | grep -qx "$1"
}

logged() {
    journalctl --quiet --boot --unit=ikehubd --output=cat "$@"
}

# ------------------------------------------------------------------ what is looked at

starts_at_boot() {
    systemctl is-enabled ikehubd
    configure
    settle 100 systemctl restart ikehubd
    systemctl is-active ikehubd
    has_status 'Serving 1 connections with [0-9]* shards'
}

# The sandbox takes away nothing that the daemon wants: it has what it has without one.
sandbox_leaves_rings() {
    local plain
    printf 'ikehub {\n listen = 127.0.0.1\n port = 15500\n port_nat_t = 0\n socket =\n kernel = null\n}\n' >/tmp/plain.conf
    ikehubd --config /tmp/plain.conf 2>/tmp/plain.log &
    plain=$!
    settle 100 grep -q event=ready /tmp/plain.log
    kill "$plain"
    logged | grep "event=ready .* $(grep -o 'backend=[a-z]*' /tmp/plain.log | tail -n 1) "
}

is_confined() {
    local process
    while read -r process; do
        grep -qx 'NoNewPrivs:.1' "/proc/$process/status"
        grep -qx 'Seccomp:.2' "/proc/$process/status"
        grep -qx 'CapInh:.0*' "/proc/$process/status"
    done <"/sys/fs/cgroup/$(property ControlGroup)/cgroup.procs"
    # The one that listens is nobody in particular.
    grep -qx 'CapPrm:.0*' "/proc/$(property MainPID)/status"
    grep -qx "Uid:.*$(id -u ikehub)" "/proc/$(property MainPID)/status"
    # Not even root writes where the unit lets nobody write; there is something to look at, though.
    nsenter --target "$(property MainPID)" --mount test -d /etc/ikehub
    ! nsenter --target "$(property MainPID)" --mount touch /etc/of_ikehubd
}

journal_has_priorities() {
    logged --priority=notice | grep '^ts=.* event=ready '
    ! logged --priority=err | grep 'event=ready'
}

reloads() {
    sed 's/spokes/others/' /etc/ikehub/conf.d/spokes.conf >/etc/ikehub/conf.d/others.conf
    systemctl reload ikehubd
    settle 100 has_status 'Serving 2 connections.*'
    rm /etc/ikehub/conf.d/others.conf
}

refuses_to_reload() {
    echo 'connections {' >/etc/ikehub/conf.d/bad.conf
    systemctl reload ikehubd
    settle 100 has_status '.*not reloaded: /etc/ikehub/conf.d/bad.conf:.*'
    systemctl is-active ikehubd
    rm /etc/ikehub/conf.d/bad.conf
    systemctl reload ikehubd
    settle 100 has_status 'Serving 1 connections with [0-9]* shards'
}

goes_on_after_a_restart() {
    brings_tunnels_up
    systemctl restart ikehubd
    settle 100 has_tunnels
}

was_restarted() {
    [ "$(property NRestarts)" -ge 1 ] && systemctl is-active ikehubd
}

# A process that stands still gives no signs of life.
is_restarted_by_the_watchdog() {
    mkdir -p /etc/systemd/system/ikehubd.service.d
    printf '[Service]\nWatchdogSec=2\nTimeoutAbortSec=1\n' >/etc/systemd/system/ikehubd.service.d/watchdog.conf
    systemctl daemon-reload
    systemctl restart ikehubd
    settle 100 has_tunnels
    kill -STOP "$(property MainPID)"
    settle 300 was_restarted
    settle 100 has_tunnels
}

stops() {
    systemctl stop ikehubd
    test "$(property Result):$(property ExecMainStatus)" = success:0
    test ! -e /run/ikehub
}

# Trying again would change nothing.
stays_down_with_a_wrong_configuration() {
    echo 'connections {' >/etc/ikehub/conf.d/worse.conf
    systemctl start ikehubd || true
    test "$(property ActiveState):$(property ExecMainStatus)" = failed:2
    logged --priority=err | grep 'conf.d/worse.conf:'
}

check unit-starts-at-boot starts_at_boot
check unit-sandbox-leaves-rings sandbox_leaves_rings
check unit-is-confined is_confined
check unit-journal-has-priorities journal_has_priorities
check unit-reloads reloads
check unit-refuses-to-reload refuses_to_reload
check unit-goes-on-after-restart goes_on_after_a_restart
check unit-watchdog is_restarted_by_the_watchdog
check unit-stops stops
check unit-wrong-configuration stays_down_with_a_wrong_configuration
