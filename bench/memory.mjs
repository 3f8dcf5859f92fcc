// Measures the collector under memory limits: `npm run bench:memory -- [CONNECTIONS/MIB...]`, as root; default
// 2000/128, 2000/256, 2000/512, 5000/128, 5000/256 and 10000/512. Each collector runs in a cgroup with so many MiB.
// Connections that are idle end at once, and as many others replace them: each of them sends ten times a second, for 20
// seconds. Prints a line for each: own memory (anonymous pages) at most, the peak of the cgroup, records and losses.
// Fails when the kernel kills a collector.
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FAR, withLab } from './lab.mjs';

const DEFAULT_CASES = ['2000/128', '2000/256', '2000/512', '5000/128', '5000/256', '10000/512'];
const cases = process.argv.length > 2 ? process.argv.slice(2) : DEFAULT_CASES;
const PORT = 30_000;
const LOAD_MS = 20_000;
const LOOK_MS = 100;
const MIB = 2 ** 20;
/** The load's rounds of 10 ms in which each connection sends once. */
const ROUNDS = 10;

/** Folder of memory cgroups and the names of their files: version 1, else version 2. */
const V1 = '/sys/fs/cgroup/memory';
const FILES = existsSync(join(V1, 'memory.limit_in_bytes'))
  ? { folder: V1, limit: 'memory.limit_in_bytes', peak: 'memory.max_usage_in_bytes' }
  : { folder: '/sys/fs/cgroup', limit: 'memory.max', peak: 'memory.peak' };

/** A cgroup with a memory limit, in place of a meter. */
class MemoryLimit {
  #folder;

  constructor(bytes) {
    this.#folder = join(FILES.folder, `tcp-info-bench-${process.pid}-${bytes}`);
    mkdirSync(this.#folder);
    writeFileSync(join(this.#folder, FILES.limit), String(bytes));
  }

  wrap(command, args) {
    return ['sh', ['-c', 'echo $$ > "$0" && exec "$@"', join(this.#folder, 'cgroup.procs'), command, ...args]];
  }

  started() {}

  get peakMib() {
    return Math.round(Number(readFileSync(join(this.#folder, FILES.peak), 'utf8')) / MIB);
  }

  remove() {
    rmdirSync(this.#folder);
  }
}

function parseCase(text) {
  const [, count, mib] = /^([1-9]\d*)\/([1-9]\d*)$/.exec(text) ?? [];
  if (mib === undefined) {
    process.stderr.write(`memory.mjs: ${text} is not of the form CONNECTIONS/MIB\n`);
    process.exit(2);
  }
  return { count: Number(count), mib: Number(mib) };
}

/** Returns the anonymous memory of a process in MiB; 0 when it has ended. */
function ownMib(pid) {
  try {
    return Number(/^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** Returns the value of a field in the collector's last line, e.g. `lost`. */
function atStop({ stderr }, field) {
  return Number(new RegExp(` msg=stopped .*\\b${field}=(\\d+)`).exec(stderr)?.[1] ?? Number.NaN);
}

async function measure(lab, { count, mib }) {
  const limit = new MemoryLimit(mib * MIB);
  try {
    const server = await lab.startLoad('hold-server', { address: FAR, port: PORT, active: 0 });
    const held = { to: FAR, port: PORT, count, seconds: 3600, 'max-bytes': 500, 'in-turn': 1 };
    const idle = await lab.startLoad('hold', { ...held, active: 0 });
    const daemon = await lab.startDaemonWithin(limit);
    await idle.totals({ stop: true });
    const busy = await lab.startLoad('hold', { ...held, active: count / ROUNDS });
    let mostMib = 0;
    for (const end = performance.now() + LOAD_MS; performance.now() < end; await sleep(LOOK_MS)) {
      mostMib = Math.max(mostMib, ownMib(daemon.pid));
    }
    await busy.totals({ stop: true });
    const code = daemon.runs ? await daemon.stop() : await daemon.ended;
    await server.totals({ stop: true });
    const [records, lost] = [atStop(daemon, 'records'), atStop(daemon, 'lost')];
    return { connections: count, mib, ownMib: Math.round(mostMib), peakMib: limit.peakMib, records, lost, code };
  } finally {
    await lab.killPrograms();
    limit.remove();
  }
}

const parsed = cases.map(parseCase);
await withLab(async (lab) => {
  const rows = [];
  for (const each of parsed) {
    rows.push(await measure(lab, each));
    process.stdout.write(`${JSON.stringify(rows.at(-1))}\n`);
  }
  return { ok: rows.every(({ code, records }) => code === 0 && records > 0) };
});
