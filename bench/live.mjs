// Measures what the live side costs: `npm run bench:live -- [PAIRS]`, as root, on an idle machine; default 5 pairs.
// 1,000 connections, 100 of them sending: `-live` without a client, with one stream, and with three streams and `top`,
// each beside a collector without `-live` that sees the same connections at the same time: the machine's speed swings
// by a tenth within seconds, and so does the load. Then `top` by itself, and 10,000 idle connections: a list of all,
// and single connections beside lists. Prints a line for each sample, and at the end medians, ratios and the targets.
// CPU is that of all threads of the process, by the scheduler's own clock; of lists that of the main thread, too.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lateness, measureBeside, percentOf } from './beside.mjs';
import { cpuMs } from './cpu-time.mjs';
import { FAR, withLab } from './lab.mjs';
import { quantile } from './statistics.mjs';
import { Top } from './top-terminal.mjs';

const pairs = Number(process.argv[2] ?? 5);
if (!Number.isInteger(pairs) || pairs < 1) {
  process.stderr.write('usage: live.mjs [PAIRS]\n');
  process.exit(2);
}
const PORT = 30_000;
/** V8 compiles code by and by: a collector that is four seconds old takes a tenth more CPU time than later. */
const WARM_UP_MS = 12_000;
/** Time until code that runs once a second is compiled: before, `-live` takes 2 % more CPU time. */
const SECONDS_WARM_UP_MS = 75_000;
/** `top` by itself does so little that its code takes longer to be compiled, which takes 4 % of a core meanwhile. */
const OWN_WARM_UP_MS = 20_000;
const MEASURED_MS = 15_000;
/** About the time that a list takes until it is read. */
const LIST_MS = 100;
/** Time between an answer for a single connection and the next request. */
const ASK_EVERY_MS = 3;
const SORTS = ['-rate', '-rtt', 'remotePort'];

/** Returns the CPU time of the main thread of a process, in milliseconds: exact while it sleeps. */
function mainThreadMs(pid) {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
}

/**
 * Has another process read a route, because this one would be late for what it measures meanwhile. It comes after all
 * others: of two cores the scans of 10,000 connections take one, and the API must not wait for its own client.
 */
function readElsewhere(socketPath, path) {
  const args = ['-sf', '-o', '/dev/null', '--unix-socket', socketPath, `http://localhost/api/v1${path}`];
  const curl = spawn('nice', ['-n', '19', 'curl', ...args], { stdio: 'ignore' });
  return new Promise((resolve, reject) => {
    curl.once('error', reject).once('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`curl: exit code ${code}`));
    });
  });
}

/** Returns the time of CLOCK_MONOTONIC, which all processes share, in milliseconds. */
function monotonicMs() {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Has a light client ask for a route every few milliseconds. `stop` returns the time and the milliseconds of each answer. */
function askElsewhere(socketPath, path) {
  const args = [join(import.meta.dirname, 'load/ask.py'), socketPath, `/api/v1${path}`, String(ASK_EVERY_MS)];
  const client = spawn('python3', args, { stdio: ['pipe', 'pipe', 'inherit'] });
  let text = '';
  client.stdout.setEncoding('utf8').on('data', (part) => {
    text += part;
  });
  const ended = once(client, 'close');
  const stop = async () => {
    client.stdin.end();
    const [code] = await ended;
    if (code !== 0) throw new Error(`ask.py: exit code ${code}`);
    return text
      .trim()
      .split('\n')
      .map((line) => {
        const [atMs, tookMs] = line.split(' ').map(Number);
        return { atMs, tookMs };
      });
  };
  return { stop };
}

/** Returns the answer of a route as bytes. */
function get(socketPath, path) {
  return new Promise((resolve, reject) => {
    request({ socketPath, path: `/api/v1${path}`, headers: { Host: 'localhost' } }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk)).once('end', () => resolve(Buffer.concat(chunks)));
    })
      .once('error', reject)
      .end();
  });
}

/** Opens a stream, reads it, and counts its messages and bytes. */
function openStream(socketPath, sort) {
  const stream = { messages: 0, bytes: 0, close: () => undefined };
  const sent = request(
    {
      socketPath,
      path: `/api/v1/stream?limit=100&closed=true&sort=${sort}`,
      headers: { Host: 'localhost', Accept: 'application/x-ndjson' },
    },
    (response) => {
      if (response.statusCode !== 200) throw new Error(`the stream answered ${response.statusCode}`);
      response.on('data', (chunk) => {
        stream.bytes += chunk.length;
        stream.messages += chunk.includes(10) ? 1 : 0;
      });
      response.on('error', () => undefined); // the collector ends first
    },
  );
  sent.on('error', () => undefined);
  sent.end();
  stream.close = () => sent.destroy();
  return stream;
}

/** Measures one variant under the load. */
async function sample(lab, { streams = 0, top = false, warmUpMs = WARM_UP_MS }, offFirst) {
  const folder = mkdtempSync(join(lab.folder, 'live-'));
  const socketPath = join(folder, 'live.sock');
  const useIt = async () => {
    const opened = SORTS.slice(0, streams).map((sort) => openStream(socketPath, sort));
    const shown = top ? await Top.start(lab, folder, [`--connect=unix:${socketPath}`]) : undefined;
    const begin = () => {
      const topBefore = shown === undefined ? 0 : cpuMs(shown.pid);
      const bytes = opened[0]?.bytes ?? 0;
      return (seconds) => ({
        ...(shown === undefined ? {} : { top: percentOf(cpuMs(shown.pid) - topBefore, seconds) }),
        ...(opened[0] === undefined ? {} : { bytesPerSec: Math.round((opened[0].bytes - bytes) / seconds) }),
        ...lateness(lab),
      });
    };
    const stop = () => {
      for (const each of opened) each.close();
      shown?.stop();
    };
    return { begin, stop };
  };
  try {
    const flags = [`-live=unix:${socketPath}`];
    return await measureBeside(lab, { flags, offFirst, warmUpMs, measuredMs: MEASURED_MS, useIt });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const VARIANTS = [
  { name: 'live', most: 1.03, warmUpMs: SECONDS_WARM_UP_MS },
  { name: 'stream', streams: 1, most: 1.1 },
  { name: 'streams', streams: 3, top: true, most: 1.2 },
];

async function measureVariants(lab) {
  const samples = Object.fromEntries(VARIANTS.map(({ name }) => [name, []]));
  for (let pair = 0; pair < pairs; pair++) {
    for (const variant of pair % 2 === 0 ? VARIANTS : VARIANTS.toReversed()) {
      const figures = await sample(lab, variant, pair % 2 === 0);
      samples[variant.name].push(figures);
      process.stdout.write(`${pair + 1} ${variant.name} ${JSON.stringify(figures)}\n`);
    }
  }
  return VARIANTS.map(({ name, most }) => {
    const ratios = samples[name].map(({ ratio }) => ratio);
    const ratio = quantile(ratios, 0.5);
    const top = samples[name].flatMap((each) => each.top ?? []);
    return {
      ...{
        name,
        cpu: quantile(
          samples[name].map(({ cpu }) => cpu),
          0.5,
        ),
        ratio: Number(ratio.toFixed(3)),
        most,
      },
      ...(top.length === 0 ? {} : { topPercent: quantile(top, 0.5) }),
      lost: samples[name].reduce((sum, { lost }) => sum + lost, 0),
      ok: ratio <= most && top.every((percent) => percent <= 5),
    };
  });
}

/** Measures `top` by itself in the namespace of the load. */
async function measureOwnTop(lab) {
  const folder = mkdtempSync(join(lab.folder, 'top-'));
  const shown = await Top.start(lab, folder, ['--no-loopback']);
  try {
    await sleep(OWN_WARM_UP_MS);
    const before = cpuMs(shown.pid);
    await sleep(MEASURED_MS);
    const percent = Number(((cpuMs(shown.pid) - before) / (MEASURED_MS / 100)).toFixed(2));
    const keyMs = Number((await shown.press('?', 'Operators:')).toFixed(0));
    return { topByItselfPercent: percent, keyMs, ok: percent <= 5 };
  } finally {
    shown.stop();
  }
}

/** Measures long lists and single connections with 10,000 rows. */
async function measureLists(lab) {
  const count = 10_000;
  const server = await lab.startLoad('hold-server', { address: FAR, port: PORT + 1, active: 0 });
  const held = await lab.startLoad('hold', {
    ...{ to: FAR, port: PORT + 1, count, active: 0, seconds: 3600, 'max-bytes': 500, 'in-turn': 1 },
  });
  const socketPath = join(lab.folder, 'lists.sock');
  const daemon = await lab.startDaemonWithin(undefined, `-live=unix:${socketPath}`);
  try {
    await sleep(WARM_UP_MS);
    const list = '/connections?limit=10000';
    const { connections } = JSON.parse((await get(socketPath, list)).toString());
    const id = connections[0].uuid;
    const costs = { main: [], all: [] };
    for (let round = 0; round < 25; round++) {
      const [main, all] = [mainThreadMs(daemon.pid), cpuMs(daemon.pid)];
      await readElsewhere(socketPath, list);
      await sleep(300);
      const listed = [mainThreadMs(daemon.pid) - main, cpuMs(daemon.pid) - all];
      await sleep(300 - LIST_MS);
      const [idleMain, idleAll] = [mainThreadMs(daemon.pid), cpuMs(daemon.pid)];
      await sleep(300 + LIST_MS);
      if (round < 5) continue;
      costs.main.push(listed[0] - (mainThreadMs(daemon.pid) - idleMain));
      costs.all.push(listed[1] - (cpuMs(daemon.pid) - idleAll));
    }
    const single = [];
    for (let round = 0; round < 20; round++) {
      const asking = askElsewhere(socketPath, `/connections/${id}`);
      await sleep(300);
      const began = monotonicMs();
      await readElsewhere(socketPath, list);
      const ended = monotonicMs();
      const answers = await asking.stop();
      single.push(...answers.flatMap(({ atMs, tookMs }) => (atMs + tookMs > began && atMs < ended ? [tookMs] : [])));
    }
    const rounded = (values, q) => Number(quantile(values, q).toFixed(1));
    const [listMs, singleMs] = [rounded(costs.main, 0.5), rounded(single, 0.99)];
    const figures = { listMs, listAllThreadsMs: rounded(costs.all, 0.5), singleP99Ms: singleMs };
    return { ...figures, ok: listMs <= 50 && singleMs <= 5 };
  } finally {
    await daemon.stop();
    await held.totals({ stop: true });
    await server.totals({ stop: true });
  }
}

await withLab(async (lab) => {
  const server = await lab.startLoad('hold-server', { address: FAR, port: PORT, active: 0 });
  const load = { to: FAR, port: PORT, count: 1000, active: 100, seconds: 36_000, 'max-bytes': 500 };
  const held = await lab.startLoad('hold', load);
  const variants = await measureVariants(lab);
  const ownTop = await measureOwnTop(lab);
  await held.totals({ stop: true });
  await server.totals({ stop: true });
  const lists = await measureLists(lab);
  return { variants, ownTop, lists, ok: [...variants, ownTop, lists].every(({ ok }) => ok) };
});
