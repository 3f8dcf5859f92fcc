/**
 * Global setup of the tests with the kernel: notes flows before the first test, and fails the run if they are missing
 * after the last one. Nothing of ours may empty a table of connection tracking.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { ConntrackError, type Flow, flowKey, listFlows } from '../../conntrack/kernel/index.js';
import { havePrograms, skipped } from './programs.js';

const WHAT = 'the guard of tracked flows';
const FLOWS = 20;
const PORT = 7000;
const DAY_SECONDS = 86_400;
const HOUR_SECONDS = 3600;
/** Flows of the machine that last for hours, from which on it cannot be chance that none is left. */
const MANY = 10;

/** Script that makes flows which outlive the tests, in a namespace without a name. */
const SCRIPT = `
set -e
ip link set lo up
python3 "$0/tracking.py" '[{"kind": "track"}]'
echo ${DAY_SECONDS} > /proc/sys/net/netfilter/nf_conntrack_udp_timeout
python3 "$0/datagrams.py" 127.0.0.1 ${PORT} ${FLOWS}
echo ready
exec cat
`;

/** Set when the flows are noted: each project runs this setup, and one check is enough. */
const NOTED = Symbol.for('tcp-info.flow-guard');

/** Notes the flows, and returns the check for the end. */
export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (Reflect.has(globalThis, NOTED)) return undefined;
  Reflect.set(globalThis, NOTED, true);
  const machine = await longFlowsOfMachine();
  const own = await OwnFlows.create();
  return async () => {
    const troubles = [
      ...(machine === undefined ? [] : await machine.troubles()),
      ...(own === undefined ? [] : await own.troubles()),
    ];
    own?.close();
    if (troubles.length === 0) return;
    // vitest reports an error of a teardown, and ends with 0.
    process.exitCode = 1;
    throw new Error(`tracked flows are missing after the tests: ${troubles.join('; ')}`);
  };
}

interface Watched {
  troubles(): Promise<string[]>;
}

/** Returns the flows of the machine's own table that last for hours; undefined if it cannot be read. */
async function longFlowsOfMachine(): Promise<Watched | undefined> {
  try {
    const before = await keysOf({ filter: `timeoutSec > ${HOUR_SECONDS}` });
    return {
      troubles: async () => {
        if (before.size < MANY) return [];
        const after = await keysOf({});
        const isEmpty = [...before].every((key) => !after.has(key));
        return isEmpty ? [`none of ${before.size} long-lived flows of this machine is left`] : [];
      },
    };
  } catch (error) {
    if (!(error instanceof ConntrackError)) throw error;
    skipped(WHAT, error.message);
    return undefined;
  }
}

/**
 * Flows in a network namespace of its own. It has neither a name nor a process, so that no test finds it: an open file
 * keeps it.
 */
class OwnFlows implements Watched {
  readonly #file: number;
  readonly #before: ReadonlySet<string>;

  private constructor(file: number, before: ReadonlySet<string>) {
    this.#file = file;
    this.#before = before;
  }

  /** Returns undefined, and reports it, where flows cannot be made. */
  static async create(): Promise<OwnFlows | undefined> {
    if (process.getuid?.() !== 0) {
      skipped(WHAT, 'not root, who alone may make network namespaces');
      return undefined;
    }
    if (!havePrograms(WHAT, 'unshare', 'ip', 'python3')) return undefined;
    const child = spawn('unshare', ['-n', 'sh', '-c', SCRIPT, join(import.meta.dirname)]);
    try {
      const reason = await readiness(child);
      if (reason !== undefined) {
        skipped(WHAT, `flows cannot be made: ${reason}`);
        return undefined;
      }
      const file = openSync(`/proc/${child.pid}/ns/net`, 'r');
      const before = await keysOf({ namespace: pathOf(file) });
      if (before.size === FLOWS) return new OwnFlows(file, before);
      closeSync(file);
      throw new Error(`${before.size} flows were made instead of ${FLOWS}`);
    } finally {
      child.kill('SIGKILL');
    }
  }

  async troubles(): Promise<string[]> {
    const after = await keysOf({ namespace: pathOf(this.#file) });
    const missing = [...this.#before].filter((key) => !after.has(key)).length;
    if (missing === 0 && after.size === this.#before.size) return [];
    return [
      `of ${this.#before.size} flows in a namespace of its own ${missing} are missing, and ${after.size} are there`,
    ];
  }

  close(): void {
    closeSync(this.#file);
  }
}

const pathOf = (file: number): string => `/proc/${process.pid}/fd/${file}`;

/** Waits until the script has made its flows; returns what it said if it has failed. */
async function readiness(child: ChildProcessWithoutNullStreams): Promise<string | undefined> {
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const ready = once(child.stdout, 'data').then(() => undefined);
  const ended = once(child, 'close').then(() => said.trim());
  return await Promise.race([ready, ended]);
}

async function keysOf(options: Parameters<typeof listFlows>[0]): Promise<Set<string>> {
  const keys = new Set<string>();
  for await (const flow of listFlows(options)) keys.add(keyOf(flow));
  return keys;
}

function keyOf(flow: Flow): string {
  return `${flowKey(flow)} ${flow.id ?? ''}`;
}
