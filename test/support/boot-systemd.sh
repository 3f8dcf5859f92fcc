#!/usr/bin/env bash
# Boots this machine's systemd as process 1 of its own namespaces, on a view of the root folder that keeps changes in
# memory, with only the units that a service needs. Everything is gone when this script ends.
#   boot-systemd.sh PROJECT NODE FILES
# PROJECT is seen as /usr/lib/tcp-info and NODE, a program, as /usr/lib/tcp-info-node; FILES is copied over the root.
set -euo pipefail
project=$1 node=$2 files=$3
self=$(readlink -f "$0")

if [ "${4-}" != inside ]; then
  # Parent cgroup of the machine: systemd changes its own cgroup as it likes.
  [ "${4-}" = outside ] || exec unshare --mount --propagation private "$self" "$project" "$node" "$files" outside
  base=$(mktemp -d)
  # Runs on every exit, also when cgroup v2 is unavailable.
  trap 'umount -l "$base" 2>/dev/null || true; rmdir "$base"' EXIT
  mount -t tmpfs tmpfs "$base"
  mkdir "$base/cgroup"
  mount -t cgroup2 cgroup2 "$base/cgroup"
  cgroup=$base/cgroup/tcp-info-test-$$
  mkdir "$cgroup"
  echo $BASHPID >"$cgroup/cgroup.procs"
  unshare --mount --propagation private --pid --uts --ipc --net --cgroup --fork --kill-child \
    "$self" "$project" "$node" "$files" inside "$base" &
  child=$!
  trap 'kill -KILL $child 2>/dev/null || true' TERM INT
  wait $child || true
  wait $child 2>/dev/null || true
  echo $BASHPID >"$base/cgroup/cgroup.procs"
  for _ in $(seq 50); do
    find "$cgroup" -depth -type d -exec rmdir {} + 2>/dev/null && break
    sleep 0.1
  done
  exit
fi

base=$5
root=$base/root
mkdir "$base/up" "$base/work" "$root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$base/up,workdir=$base/work" "$root"
cd "$root"
mount -t proc proc proc
# systemd raises fs.file-max and fs.nr_open, which are the whole machine's.
mount --bind proc/sys/fs proc/sys/fs
mount -o remount,bind,ro proc/sys/fs
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
for folder in run tmp var/lib root home; do mount -t tmpfs -o mode=0755 tmpfs $folder; done
chmod 1777 tmp
mount -t tmpfs -o mode=0755 tmpfs dev
for device in null zero full random urandom tty; do
  touch dev/$device
  mount --bind /dev/$device dev/$device
done
mkdir dev/shm dev/pts
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd

# Hide the units of the host: only these units are visible.
mkdir "$base/units"
for unit in basic.target sysinit.target sockets.target shutdown.target umount.target final.target local-fs.target \
  systemd-journald.service systemd-journald.socket systemd-journald-dev-log.socket; do
  cp -L "lib/systemd/system/$unit" "$base/units/"
done
mkdir "$base/units/sockets.target.wants"
ln -s ../systemd-journald.socket ../systemd-journald-dev-log.socket "$base/units/sockets.target.wants/"
mount --bind "$base/units" lib/systemd/system
mount -t tmpfs -o mode=0755 tmpfs etc/systemd/system
mkdir -p var/log "$base/none"
mount -t tmpfs -o mode=0755 tmpfs var/log
for generators in lib/systemd/system-generators usr/local/lib/systemd; do
  [ ! -d $generators ] || mount --bind "$base/none" $generators
done
: >etc/fstab

mkdir -p usr/lib/tcp-info
mount --bind "$project" usr/lib/tcp-info
touch usr/lib/tcp-info-node
mount --bind "$node" usr/lib/tcp-info-node
cp -r "$files/." .

mkdir -p before
pivot_root . before
umount -l /before
ip link set lo up
exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin \
  /lib/systemd/systemd --system --unit=basic.target --log-target=console --show-status=no
