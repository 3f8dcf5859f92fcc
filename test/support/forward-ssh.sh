#!/bin/bash
# OpenSSH behind `tcp-info forward`, for test/e2e/forward-programs.test.ts: forward-ssh.sh FOLDER MAIN. Runs in network
# and mount namespaces of its own: sshd needs a /run/sshd. Prints one line for each session.
set -u
folder=$1
main=$2
ip link set lo up
mount -t tmpfs tmpfs /run
mkdir /run/sshd
ssh-keygen -q -t ed25519 -N '' -f "$folder/host"
ssh-keygen -q -t ed25519 -N '' -f "$folder/id"
cat >"$folder/sshd_config" <<CONFIG
Port 9022
ListenAddress 127.0.0.1
HostKey $folder/host
AuthorizedKeysFile $folder/id.pub
StrictModes no
PermitRootLogin yes
UsePAM no
PidFile none
CONFIG
cat >"$folder/services.yaml" <<CONFIG
endless: {listen_ip: 127.0.0.1, listen_port: 7001, backend_port: 9022, max_idle: 0, read_timeout: 0}
idle: {listen_ip: 127.0.0.1, listen_port: 7002, backend_port: 9022, max_idle: 2}
CONFIG
/usr/sbin/sshd -D -f "$folder/sshd_config" 2>"$folder/sshd.log" &
sshd=$!
node "$main" forward -c "$folder/services.yaml" 2>"$folder/log" &
forward=$!
until [ "$(grep -c msg=listening "$folder/log" 2>/dev/null)" = 2 ]; do sleep 0.05; done

session() {
  ssh -i "$folder/id" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR \
    -p "$1" root@127.0.0.1 "$2" 2>/dev/null
}
echo "endless $(session 7001 'sleep 4; echo outlived')"
echo "idle $(session 7002 'sleep 4; echo outlived')"
echo "bytes $(session 7001 'head -c 20000000 /dev/zero' | sha256sum | cut -c1-64)"
kill $forward
wait $forward
echo "exit $?"
kill $sshd
grep -o ' ended=[a-z]*' "$folder/log" | tr -d '\n'
