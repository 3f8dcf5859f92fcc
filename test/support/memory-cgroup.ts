import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { skipped } from './programs.js';

const V1 = '/sys/fs/cgroup/memory';
const V2 = '/sys/fs/cgroup';
/** Number of attempts to remove an empty cgroup. */
const LAST_TRIES = 50;

/** File names of one cgroup version. */
interface Version {
  readonly folder: string;
  readonly limit: string;
  readonly processes: string;
}

/** Returns true if memory can be limited here; else reports on stderr what is skipped. */
export function haveMemoryCgroups(what: string): boolean {
  if (version() !== undefined) return true;
  skipped(what, 'no cgroups with a memory controller that this user may make');
  return false;
}

function version(): Version | undefined {
  if (process.getuid?.() !== 0) return undefined;
  if (existsSync(join(V1, 'memory.limit_in_bytes'))) {
    return { folder: V1, limit: 'memory.limit_in_bytes', processes: 'cgroup.procs' };
  }
  const control = join(V2, 'cgroup.subtree_control');
  if (!existsSync(control) || !readFileSync(control, 'utf8').includes('memory')) return undefined;
  return { folder: V2, limit: 'memory.max', processes: 'cgroup.procs' };
}

/** A cgroup with a memory limit. */
export class MemoryCgroup implements AsyncDisposable {
  readonly #folder: string;
  readonly #processes: string;

  constructor(limitBytes: number) {
    const found = version();
    if (found === undefined) throw new Error('no cgroups with a memory controller');
    this.#folder = join(found.folder, `tcp-info-test-${process.pid}-${Date.now()}`);
    this.#processes = join(this.#folder, found.processes);
    mkdirSync(this.#folder);
    writeFileSync(join(this.#folder, found.limit), String(limitBytes));
  }

  /** A program that moves itself into the cgroup and runs its arguments. */
  get wrapper(): readonly string[] {
    return ['sh', '-c', 'echo $$ > "$0" && exec "$@"', this.#processes];
  }

  /** Removes the cgroup once all its processes have ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (let i = 1; existsSync(this.#folder); i++) {
      try {
        rmdirSync(this.#folder);
      } catch (error) {
        if (i === LAST_TRIES) throw error;
        await sleep(100);
      }
    }
  }
}
