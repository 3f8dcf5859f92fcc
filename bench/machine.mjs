// Describes the machine of a measurement.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, release, tmpdir, totalmem } from 'node:os';

/** Returns the trimmed output of a program; undefined when it is missing or fails. */
function ask(command, ...args) {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined; // no git, or no checkout: optional
  }
}

/** Returns kernel, processors, memory, Node, and the commit if known. `work` is the folder for archives. */
export function describeMachine(work = tmpdir()) {
  const folder = import.meta.dirname;
  const commit = ask('git', '-C', folder, 'rev-parse', '--short=12', 'HEAD');
  const changed = ask('git', '-C', folder, 'status', '--porcelain') ?? '';
  return {
    kernel: release(),
    cpu: cpus()[0]?.model.trim(),
    cores: cpus().length,
    memoryMib: Math.round(totalmem() / 2 ** 20),
    tableBuckets: Math.abs(Number(readFileSync('/proc/sys/net/ipv4/tcp_ehash_entries', 'utf8'))),
    node: process.version,
    commit: commit === undefined ? undefined : `${commit}${changed === '' ? '' : ', with changes'}`,
    archivesOn: ask('stat', '--file-system', '--format=%T', work),
  };
}
