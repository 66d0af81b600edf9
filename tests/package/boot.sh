#!/bin/sh
# boot.sh ROOT - becomes systemd as the first process of namespaces of its own, with ROOT as its
# system. For tests/package/run, which starts it by unshare(1) within a control group that it owns.
#
# Nothing of it is seen outside: the network is a loopback of its own, of control groups it has its
# own tree, and when it ends its mounts are gone.
set -eu
root=$1

mount --make-rprivate /
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"
cd "$root"
exec chroot "$root" /usr/bin/env -i container=chroot PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    /lib/systemd/systemd --system --log-target=console --show-status=0 --unit=multi-user.target
