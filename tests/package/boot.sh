#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# boot.sh TREE OUT: boots systemd in a Debian, in a container, as root; ends when that is powered off. Nothing is written
# into TREE: what the machine writes is in memory, at OUT.machine, but for the folder OUT, which it sees as /packages/out.
# Called again by itself, with --inside, in namespaces of its own.
set -euo pipefail

case $1 in
--inside | --groups) ;;
*) exec unshare --mount bash "$0" --groups "$@" ;;
esac

# systemd wants to manage control groups: it gets one of ours, as its root.
if [ "$1" = --groups ]; then
    shift
    groups=$(mktemp -d)
    group=$groups/ikehub-$$
    # Its processes are killed when the first of them has ended, and are gone a moment later.
    # shellcheck disable=SC2317
    remove_group() {
        local tries
        for ((tries = 0; tries < 50; tries++)); do
            ! find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || break
            sleep 0.1
        done
        umount "$groups"
        rmdir "$groups"
    }
    trap remove_group EXIT
    mount -t cgroup2 cgroup2 "$groups"
    mkdir "$group"
    (
        echo "$BASHPID" >"$group/cgroup.procs"
        timeout --kill-after=5 200 unshare --mount --pid --uts --ipc --net --cgroup --fork --kill-child \
            bash "$0" --inside "$@"
    ) </dev/null
    exit
fi

tree=$2
out=$3
machine=$out.machine
mkdir "$machine"
mount -t tmpfs memory "$machine"
mkdir "$machine"/{upper,work,root}
mount -t overlay -o "lowerdir=$tree,upperdir=$machine/upper,workdir=$machine/work" machine "$machine/root"
cd "$machine/root"
mkdir packages/out
mount --bind "$out" packages/out
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=0755 tmpfs run
mount -t tmpfs -o mode=0755 tmpfs dev
for device in null zero full random urandom tty; do
    touch "dev/$device"
    mount --bind "/dev/$device" "dev/$device"
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
ip link set lo up

# Runs /packages/booted.sh when all else runs.
cat >etc/systemd/system/booted.service <<'UNIT'
[Unit]
After=multi-user.target

[Service]
Type=oneshot
ExecStart=/bin/bash /packages/booted.sh
StandardOutput=append:/packages/out/cases
StandardError=inherit
ExecStopPost=/bin/systemctl --force poweroff
UNIT
mkdir -p etc/systemd/system/default.target.wants
ln -s ../booted.service etc/systemd/system/default.target.wants/

mkdir old
pivot_root . old
umount -l old
exec env -i container=ikehub PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd
