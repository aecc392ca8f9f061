#!/bin/busybox sh
# shellcheck shell=dash
# SPDX-License-Identifier: BSD-2-Clause
# The first process of the virtual machine: the host's file system, read-only, under one in memory; then the program
# that the kernel's command line names. `ikehub.modules` is where the kernel's modules are on the host.
/bin/busybox mkdir -p /bin /proc /sys /dev /host /memory /machine
/bin/busybox --install -s /bin
mkdir /sbin
printf '#!/bin/sh\nexec chroot /machine /sbin/modprobe "$@"\n' >/sbin/modprobe # the kernel runs it, and stays here
chmod +x /sbin/modprobe
mount -t proc proc /proc
mount -t devtmpfs dev /dev

value() {
    sed -n "s/.*ikehub.$1=\([^ ]*\).*/\1/p" /proc/cmdline
}

end() {
    [ $# -eq 0 ] || echo "init: $*"
    sync
    reboot -f
}

while read -r module; do
    insmod "/modules/$module" || end "no module $module"
done </modules/order
mount -t 9p -o trans=virtio,version=9p2000.L,ro,msize=512000,cache=loose host /host || end "no file system of the host"
mount -t tmpfs memory /memory
mkdir /memory/upper /memory/work
mount -t overlay -o lowerdir=/host,upperdir=/memory/upper,workdir=/memory/work machine /machine || end "no overlay"
version=$(uname -r)
mkdir -p "/machine/usr/lib/modules/$version"
mount --bind "/host$(value modules)" "/machine/usr/lib/modules/$version" || end "no modules"
mount -t proc proc /machine/proc
mount -t sysfs sys /machine/sys
mount -t devtmpfs dev /machine/dev
mount -t tmpfs run /machine/run
mkdir /machine/run/out /machine/run/netns
mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000 out /machine/run/out || end "no folder for the results"
ip link set lo up
# One word for each argument.
# shellcheck disable=SC2046
PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot /machine $(value run | tr , ' ') >/machine/run/out/console 2>&1
echo $? >/machine/run/out/status
end
