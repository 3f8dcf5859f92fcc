// @ts-check
// Measures what watched services of the collector do: `node bench/services.mjs [KIND...]`, as root, after a build; on
// loopback in a network namespace of its own. Kinds, default the first:
//   enforce  time from the client's connect until the reset of a connection that a limit rejects
//   churn=N  N connections of two admitted addresses (default 1,000,000) while a third address is rejected by ip_limit:
//            no connection that no rule names may end, the listener must stay, and counts must equal what clients know
//   watched=N  CPU of the collector with 64 services and 10,000 connections of theirs, beside one without services, in N
//            pairs (default 4); alone, and in namespaces of its own (watched.mjs)
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { quantile } from './statistics.mjs';

const NAMESPACE = 'TCP_INFO_BENCH_NAMESPACE';
const PORT = 7001;
const METRICS_PORT = 7002;
const [ONE, TWO, THREE] = ['127.0.0.2', '127.0.0.3', '127.0.0.4'];
/** Measured rejections, and the longest pause before one: it hits every phase of the beat. */
const REJECTIONS = 1000;
const PAUSE_MS = 30;
/** Connections at a time in the churn. */
const PARALLEL = 50;
const CHURN = 1_000_000;
const WATCHED_PAIRS = 4;

const folder = mkdtempSync(join(tmpdir(), 'tcp-info-bench-services-'));

/** Starts the collector with ip_limit 2. */
async function startCollector() {
  const file = join(folder, 'services.yaml');
  writeFileSync(file, `web:\n  listen_port: ${PORT}\n  ip_limit: 2\n`);
  const program = join(import.meta.dirname, '../dist/cmd/tcp-info/main.js');
  const flags = [`-services=${file}`, '-services.enforce', `-output=${folder}`, `-prom=127.0.0.1:${METRICS_PORT}`];
  const child = spawn(process.execPath, [program, ...flags], { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    if (log.length < 1e5) log += text;
  });
  while (!log.includes('msg="first scan"')) {
    if (child.exitCode !== null) throw new Error(`the collector ended: ${log}`);
    await sleep(20);
  }
  return child;
}

/** @returns {Promise<Map<string, number>>} samples of watched services by name and labels */
async function figures() {
  const page = await (await fetch(`http://127.0.0.1:${METRICS_PORT}/metrics`)).text();
  const found = new Map();
  for (const [, name, value] of page.matchAll(/^tcpinfo_service_(\S+) (\S+)$/gm)) found.set(name, Number(value));
  return found;
}

/** Waits until a figure has a value. @param {string} name @param {number} value */
async function reach(name, value) {
  for (let i = 0; i < 200; i++) {
    if ((await figures()).get(name) === value) return;
    await sleep(50);
  }
  throw new Error(`${name} is ${(await figures()).get(name)}, not ${value}`);
}

/**
 * Opens a connection; `closed` resolves with the code of its error, or with none, and the time since it was open.
 * @param {string} localAddress
 * @returns {{ socket: import('node:net').Socket, closed: Promise<{ code?: string, ms: number }> }}
 */
function open(localAddress) {
  const socket = connect({ host: '127.0.0.1', port: PORT, localAddress });
  // Without a reader, a reset that follows data may stay unnoticed.
  socket.resume();
  /** @type {string | undefined} */
  let code;
  let connectedMs = performance.now();
  socket.once('connect', () => {
    connectedMs = performance.now();
  });
  socket.on('error', (error) => {
    code = /** @type {NodeJS.ErrnoException} */ (error).code;
  });
  const closed = new Promise((resolve) => {
    socket.once('close', () => resolve({ code, ms: performance.now() - connectedMs }));
  });
  return { socket, closed };
}

/**
 * Returns whether a connection ended by a reset. libuv reports data and a reset that are polled together as data and an
 * end (`uv__stream_io`, POLLHUP after a partial read); the server here closes none by itself.
 * @param {string | undefined} code
 */
function isReset(code) {
  return code === 'ECONNRESET' || code === undefined;
}

async function enforce() {
  const times = [];
  for (let i = 0; i < REJECTIONS; i++) {
    await sleep(Math.random() * PAUSE_MS);
    const { code, ms } = await open(THREE).closed;
    if (!isReset(code)) throw new Error(`not reset but ${code}`);
    times.push(ms);
  }
  const [p50, p99] = [quantile(times, 0.5), quantile(times, 0.99)];
  console.log(
    `enforce: ${REJECTIONS} rejected connections, reset after p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, ` +
      `most ${Math.max(...times).toFixed(1)} ms (targets: p50 8 ms, p99 25 ms)`,
  );
}

/** @param {number} total */
async function churn(total) {
  const before = await figures();
  let [opened, broken, rejected, seconds] = [0, 0, 0, 0];
  const startMs = performance.now();
  const load = async (/** @type {number} */ worker) => {
    while (opened < total) {
      opened++;
      const { socket, closed } = open(worker % 2 === 0 ? ONE : TWO);
      // The server sends one byte and waits; the client resets after it, so that no port waits in TIME_WAIT.
      socket.once('data', () => socket.resetAndDestroy());
      const { code } = await closed;
      if (code !== undefined) broken++;
    }
  };
  let isOver = false;
  const intrude = async () => {
    while (!isOver) {
      const { code, ms } = await open(THREE).closed;
      if (!isReset(code)) throw new Error(`an address too many ended after ${ms} ms by ${code}`);
      rejected++;
      await sleep(20);
    }
  };
  const intruder = intrude();
  await Promise.all(Array.from({ length: PARALLEL }, (_, worker) => load(worker)));
  isOver = true;
  await intruder;
  seconds = (performance.now() - startMs) / 1000;
  await reach('connections{service="web"}', 2);
  await sleep(500);
  const after = await figures();
  const grown = (/** @type {string} */ name) => (after.get(name) ?? 0) - (before.get(name) ?? 0);
  console.log(
    `churn: ${opened} connections in ${seconds.toFixed(0)} s: ${broken} ended that no rule names; ` +
      `counted ${grown('accepted_total{service="web"}')}; ${rejected} rejected, counted ` +
      `${grown('rejected_total{reason="ip_limit",service="web"}')}`,
  );
}

async function main(/** @type {string[]} */ kinds) {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.write('x');
  });
  server.listen({ port: PORT, host: '127.0.0.1', backlog: 4096 });
  await once(server, 'listening');
  const collector = await startCollector();
  const ends = once(collector, 'exit');
  try {
    const kept = [open(ONE), open(TWO)];
    await reach('connections{service="web"}', 2);
    for (const kind of kinds) {
      if (kind === 'enforce') await enforce();
      else if (kind.startsWith('churn')) await churn(Number(kind.split('=')[1] ?? CHURN));
      else throw new Error(`unknown kind ${kind}`);
    }
    for (const { socket } of kept) {
      if (socket.destroyed) throw new Error('a connection that was there before has ended');
      socket.destroy();
    }
    if (!server.listening) throw new Error('the listener has gone');
  } finally {
    collector.kill('SIGTERM');
    await ends;
    server.close();
  }
}

const kinds = process.argv.slice(2);
if (kinds[0]?.startsWith('watched')) {
  const { measureWatched } = await import('./watched.mjs');
  rmSync(folder, { recursive: true });
  await measureWatched(Number(kinds[0].split('=')[1] ?? WATCHED_PAIRS));
} else if (process.env[NAMESPACE] === undefined) {
  const inside = 'ip link set lo up && exec "$@"';
  const args = ['--net', 'sh', '-c', inside, 'sh', process.execPath, ...process.argv.slice(1)];
  const child = spawn('unshare', args, { stdio: 'inherit', env: { ...process.env, [NAMESPACE]: '1' } });
  child.once('close', (code) => {
    process.exitCode = code ?? 1;
  });
  rmSync(folder, { recursive: true });
} else {
  try {
    await main(kinds.length > 0 ? kinds : ['enforce']);
    process.exitCode = 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
