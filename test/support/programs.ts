import { spawnSync } from 'node:child_process';

/** Programs that tests run, and the Debian package of each. */
const PACKAGES = {
  ip: 'iproute2',
  ss: 'iproute2',
  zstd: 'zstd',
  iperf3: 'iperf3',
  prometheus: 'prometheus',
  promtool: 'prometheus',
  nsenter: 'util-linux',
  unshare: 'util-linux',
  setpriv: 'util-linux',
} as const;
export type Program = keyof typeof PACKAGES;

/** Whether all of these programs are there; says on stderr what is skipped when not. */
export function havePrograms(what: string, ...programs: readonly Program[]): boolean {
  const missing = programs.filter((program) => spawnSync('which', [program]).status !== 0);
  if (missing.length === 0) return true;
  const packages = [...new Set(missing.map((program) => PACKAGES[program]))];
  skipped(what, `no ${missing.join(', ')} (apt-get install ${packages.join(' ')})`);
  return false;
}

/** Says on stderr that tests are skipped, and why. */
export function skipped(what: string, reason: string): void {
  process.stderr.write(`skipped: ${what}: ${reason}\n`);
}
