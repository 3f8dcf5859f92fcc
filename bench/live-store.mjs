#!/usr/bin/env node
// @ts-check
// Measures the live store with made-up connections: memory of idle rows, the walk of a second, lists, and slices:
//
//   npm run bench:live-store -- [--rows 10000] [--rounds 7]
//
// Processor time is that of the main thread; turns are by the clock, so keep the machine idle. Prints each figure with its target and their ratio; above 1 is too much. Exits with 1 if memory or allocations are.
import { parseArgs } from 'node:util';
import { ConnectionCache, Exclusions, StateSlots } from '../dist/cache/index.js';
import { StoreAnswers } from '../dist/live/answers/index.js';
import { LiveStore } from '../dist/live/store/index.js';
import { parseNetlinkMessage } from '../dist/parse/index.js';
import { cpuMs, infoAt, message } from './made-up-connections.mjs';
import { quantile } from './statistics.mjs';

const { values } = parseArgs({
  options: { rows: { type: 'string', default: '10000' }, rounds: { type: 'string', default: '7' } },
});
const ROWS = Number(values.rows);
const ROUNDS = Number(values.rounds);

const collectGarbage = globalThis.gc;
if (collectGarbage === undefined) throw new Error('run node with --expose-gc');

const [BYTES_SENT, BYTES_ACKED, SEGS_OUT] = ['bytesSent', 'bytesAcked', 'segsOut'].map(infoAt);

/** Times of the turns of the event loop in which the store or its answers worked. */
class Turns {
  /** @type {number[]} */
  ms = [];
  later = (/** @type {() => void} */ work) => {
    setImmediate(() => this.take(work));
  };
  /** @template T @param {() => T} work */
  take(work) {
    const startMs = performance.now();
    try {
      return work();
    } finally {
      this.ms.push(performance.now() - startMs);
    }
  }
}

function setUp() {
  const slots = new StateSlots();
  const turns = new Turns();
  const store = new LiveStore({
    slots,
    historySec: 900,
    maxHistoryBytes: 64 * 1024 * 1024,
    keepClosedSec: 600,
    scanUs: 10_000,
    isWatched: () => true,
    nowUs: () => Date.now() * 1000,
    elapsedMs: () => performance.now(),
    later: turns.later,
  });
  const exclusions = new Exclusions({ srcPorts: [], dstAddressKeys: [] });
  const of = (/** @type {readonly import('../dist/cache/index.js').ConnectionObserver[]} */ observers) =>
    new ConnectionCache({ uuidPrefix: 'host_1795890818', exclusions, observers, slots });
  const answers = new StoreAnswers(store, {
    elapsedMs: () => performance.now(),
    later: turns.later,
    onFault: (error) => {
      throw error;
    },
  });
  return { store, turns, cacheOf: of, answers };
}

const now = () => new Date().toISOString();

/** Ends a second of the store, and waits until its rows are walked. */
async function second(/** @type {ReturnType<typeof setUp>} */ { store, turns }) {
  await new Promise((/** @type {(value: void) => void} */ resolve) => {
    const stop = store.onGeneration(() => {
      stop();
      resolve();
    });
    turns.take(() => store.tick());
  });
}

async function heapBytes() {
  for (let i = 0; i < 3; i++) {
    collectGarbage?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Measures the memory of idle rows, against a cache without a store. */
async function memoryPerRow() {
  /** @type {number[]} */
  const used = [];
  const kept = [];
  for (const isStored of [false, true]) {
    const before = await heapBytes();
    const scene = setUp();
    const cache = scene.cacheOf(isStored ? [scene.store] : []);
    for (let i = 0; i < ROWS; i++) cache.update(parseNetlinkMessage(message(i), now()));
    // Rows are idle two seconds after their first record.
    for (let i = 0; i < 3; i++) await second(scene);
    used.push((await heapBytes()) - before);
    kept.push(scene, cache);
  }
  return { bytes: ((used[1] ?? 0) - (used[0] ?? 0)) / ROWS, kept: kept.length };
}

/** @type {(name: string, value: number, unit: string, target: number) => boolean} */
function print(name, value, unit, target) {
  const ratio = value / target;
  console.log(
    `${name.padEnd(44)} ${value.toFixed(2).padStart(9)} ${unit.padEnd(6)} target ${String(target).padStart(6)}  × ${ratio.toFixed(2)}`,
  );
  return ratio <= 1;
}

const { bytes } = await memoryPerRow();
const isSmall = print('memory of an idle row', bytes, 'bytes', 1600);

const scene = setUp();
const { store, turns, answers } = scene;
const cache = scene.cacheOf([store]);
const messages = Array.from({ length: ROWS }, (_, i) => message(i));
for (const each of messages) cache.update(parseNetlinkMessage(Buffer.from(each), now()));
await second(scene);

/** Has every connection send. */
function change(/** @type {number} */ round) {
  messages.forEach((bytes, i) => {
    bytes.writeBigUInt64LE(BigInt(round * (1 + (i % 5000))), BYTES_SENT ?? 0);
    bytes.writeBigUInt64LE(BigInt(round * (1 + (i % 5000))), BYTES_ACKED ?? 0);
    bytes.writeUInt32LE(round, SEGS_OUT ?? 0);
  });
}

/** @typedef {{ cpuMs: number, longestMs: number }} Cost */
/** Measures processor time and the longest turn of some work; the median of all rounds. */
async function measure(
  /** @type {(round: number) => Promise<unknown>} */ work,
  before = (/** @type {number} */ _) => {},
) {
  /** @type {Cost[]} */
  const costs = [];
  collectGarbage?.();
  for (let round = 0; round < ROUNDS + 2; round++) {
    before(round);
    turns.ms = [];
    const startMs = cpuMs();
    await work(round);
    // The first rounds warm up.
    if (round >= 2) costs.push({ cpuMs: cpuMs() - startMs, longestMs: Math.max(...turns.ms) });
  }
  const median = (/** @type {keyof Cost} */ key) => {
    const all = costs.map((cost) => cost[key]);
    return quantile(all, 0.5);
  };
  return { cpuMs: median('cpuMs'), longestMs: median('longestMs') };
}

let rounds = 1;
const walk = await measure(
  () => second(scene),
  () => {
    change(++rounds);
    for (const each of messages) cache.update(parseNetlinkMessage(Buffer.from(each), now()));
  },
);
print(`second of ${ROWS} rows with records`, walk.cpuMs, 'ms', 100);
print('  longest turn', walk.longestMs, 'ms', 2);

const lists = /** @type {const} */ ([
  ['list of all rows, default fields', { limit: 10_000 }, 50],
  ['list of all rows, all fields', { limit: 10_000, fields: 'all' }, 500],
  ['first 100 rows by two keys', { sort: '-rtt,dst' }, 25],
  ['first 100 rows of a filter', { filter: 'dst 198.51.0.0/17 rtt > 2*minrtt', sort: '-send' }, 25],
]);
for (const [name, request, target] of lists) {
  const list = await measure(() => turns.take(() => answers.viewBytes(request)));
  print(name, list.cpuMs, 'ms', target);
  print('  longest turn', list.longestMs, 'ms', 2);
}
for (const by of ['dst/24', 'uuid']) {
  const groups = await measure(() => turns.take(() => answers.groups({ by, limit: 10_000 })));
  print(`groups by ${by}`, groups.cpuMs, 'ms', 50);
  print('  longest turn', groups.longestMs, 'ms', 2);
}
const complete = await measure(async () => {
  turns.take(() => answers.complete('connection.limitedBy = ', 23));
  await second(scene);
});
print('completion of a value, all in one turn', complete.longestMs, 'ms', 10);

for (const id of ['FFFF', 'cookie:0', '192.0.2.1:443-198.51.0.1:1', 'host_1795890818_FFFFFFFFFFFFFFFF']) {
  const found = await measure(async () => {
    turns.take(() => answers.find(id));
  });
  print(`rows of ${id}, all in one turn`, found.longestMs, 'ms', 2);
}
const attribution = await measure(async () => {
  turns.take(() => store.attribution);
});
print('processes in /status, all in one turn', attribution.longestMs, 'ms', 2);

/** Measures what a record allocates in the store, in rows that are noted already. */
const [connection] = cache.connections();
if (connection === undefined) throw new Error('no connection');
const CALLS = 1_000_000;
for (let i = 0; i < CALLS; i++) store.changed(connection, 6);
const before = await heapBytes();
const startMs = cpuMs();
for (let i = 0; i < CALLS; i++) store.changed(connection, 6);
const ns = ((cpuMs() - startMs) * 1e6) / CALLS;
// Without a collection in between, this is all that was allocated.
const { heapUsed, external } = process.memoryUsage();
const isLean = print('allocated by a record', Math.max(0, heapUsed + external - before) / CALLS, 'bytes', 1);
print('noting a record', ns, 'ns', 100);
process.exitCode = isSmall && isLean ? 0 : 1;
