# Part of the image's build: makes the base system with some libraries, node and zstd, and without a shell.
set -eu

# Remove files that only people, a shell or other programs read.
cd /image
cp -a usr/share/doc/zstd/copyright /tmp/zstd-copyright
find usr/share/doc -type f ! -name copyright -delete
rm -rf usr/share/man usr/share/info usr/share/locale usr/share/lintian usr/share/bug usr/share/gcc usr/share/gdb \
  usr/share/base-files usr/lib/*/gconv etc/cron* etc/update-motd.d etc/skel etc/profile.d \
  etc/logrotate.d etc/dpkg
find usr/bin -type f ! -name zstd -delete
find usr/bin -type l ! -name unzstd ! -name zstdcat -delete
mkdir -p home tmp licences/zstd licences/node licences/tcp-info
chmod 1777 tmp
cp /tmp/zstd-copyright licences/zstd/copyright
cp /usr/local/LICENSE licences/node/LICENSE
cp /build/LICENSE licences/tcp-info/LICENSE
printf 'root:x:0:0:root:/home:/sbin/nologin\nnobody:x:65534:65534:nobody:/home:/sbin/nologin\n' >etc/passwd
printf 'root:x:0:\nnogroup:x:65534:\n' >etc/group

mkdir -p /image.node/usr/lib/tcp-info/bin
cp /usr/local/bin/node /image.node/usr/lib/tcp-info/bin/node

mkdir -p /image.program/usr/bin /image.program/usr/lib/tcp-info/bin
cp /usr/local/bin/healthcheck /image.program/usr/lib/tcp-info/bin/
for program in tcp-info csvtool example-eventsocket-client; do
  sed "s/@program@/$program/" /build/deploy/docker/launcher >"/image.program/usr/bin/$program"
  chmod 755 "/image.program/usr/bin/$program"
done

# Find missing libraries now, and not when the image runs.
chroot /image /usr/bin/zstd --version
cp -al /image.node/usr/lib/tcp-info /image/usr/lib/
chroot /image /usr/lib/tcp-info/bin/node --version
rm -rf /image/usr/lib/tcp-info
