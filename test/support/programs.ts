import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

/** Programs that tests run, and the Debian package of each. */
const PACKAGES = {
  ip: 'iproute2',
  ss: 'iproute2',
  tc: 'iproute2',
  zstd: 'zstd',
  iperf3: 'iperf3',
  prometheus: 'prometheus',
  promtool: 'prometheus',
  'prometheus-alertmanager': 'prometheus-alertmanager',
  nsenter: 'util-linux',
  unshare: 'util-linux',
  script: 'bsdutils',
  setpriv: 'util-linux',
  prlimit: 'util-linux',
  fsfreeze: 'util-linux',
  'mkfs.ext4': 'e2fsprogs',
  losetup: 'mount',
  mount: 'mount',
  umount: 'mount',
  conntrack: 'conntrack',
  haproxy: 'haproxy',
  'g++': 'g++',
  python3: 'python3',
  inotifywait: 'inotify-tools',
  curl: 'curl',
  tcpdump: 'tcpdump',
  chromium: 'chromium',
  'systemd-analyze': 'systemd',
  bash: 'bash',
  zsh: 'zsh',
  mandoc: 'mandoc',
  groff: 'groff',
  tmux: 'tmux',
  tshark: 'tshark',
  psql: 'postgresql',
  ssh: 'openssh-client',
  'ssh-keygen': 'openssh-client',
  sshd: 'openssh-server',
  'nats-server': 'nats-server',
} as const;
export type Program = keyof typeof PACKAGES;

/** Returns true if all these programs exist; else reports on stderr what is skipped. */
export function havePrograms(what: string, ...programs: readonly Program[]): boolean {
  const missing = programs.filter((program) => !onPath(program));
  if (missing.length === 0) return true;
  const packages = [...new Set(missing.map((program) => PACKAGES[program]))];
  skipped(what, `no ${missing.join(', ')} (apt-get install ${packages.join(' ')})`);
  return false;
}

/** Does not use `which`: some machines lack it. */
function onPath(program: string): boolean {
  return (process.env['PATH'] ?? '').split(':').some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Reports on stderr that tests are skipped, and why. */
export function skipped(what: string, reason: string): void {
  process.stderr.write(`skipped: ${what}: ${reason}\n`);
}
