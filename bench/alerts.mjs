#!/usr/bin/env node
// @ts-check
// Measures the evaluation of 64 rules of alerts over made-up connections, once a second:
//
//   node --expose-gc bench/alerts.mjs [--rows 10000] [--rounds 15]
//
// Processor time is that of the main thread, of the evaluation alone: the walk of the store before it is there without
// alerts, too. Turns are by the clock, so keep the machine idle. Exits with 1 if an evaluation takes more than 1 % of a
// core while a tenth of the connections has records.
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { ConnectionCache, Exclusions, StateSlots } from '../dist/cache/index.js';
import { AlertEngine } from '../dist/live/alerts/index.js';
import { parseRules } from '../dist/live/alerts/rules/index.js';
import { LiveStore } from '../dist/live/store/index.js';
import { parseNetlinkMessage } from '../dist/parse/index.js';
import { cpuMs, infoAt, message } from './made-up-connections.mjs';
import { quantile } from './statistics.mjs';

const { values } = parseArgs({
  options: { rows: { type: 'string', default: '10000' }, rounds: { type: 'string', default: '15' } },
});
const ROWS = Number(values.rows);
const ROUNDS = Number(values.rounds);
/** Evaluation that is 1 % of a core at one a second, milliseconds. */
const TARGET_MS = 10;

/** Conditions as people write them; each is in several rules. */
const CONDITIONS = [
  { when: 'rtt > 3*minrtt and rtt > 50ms', for: '5s' },
  { when: 'retransmitRateBytes > 5% and send > 1Mbit/s', for: '5s', clear: 'retransmitRateBytes < 1%' },
  { when: 'limited = rwnd', for: '10s', filter: 'dport 443' },
  { when: 'state = close_wait', for: '1min' },
  { when: 'send > 100Mbit/s and queue > 20ms', filter: 'dst 10.0.0.0/8' },
  { when: 'bytesSent > 1GB and rate < 1kB/s' },
  { when: 'unacked > 1000 or wqueueBytes > 10MB' },
  { by: 'all', when: 'count(where state = close_wait) > 100' },
  { by: 'localPort', when: 'p95(rtt) > 50ms and count() > 10' },
];

/** @param {number} count */
function rulesOf(count) {
  const alerts = Array.from({ length: count }, (_, i) => ({ name: `rule ${i}`, ...CONDITIONS[i % CONDITIONS.length] }));
  return parseRules(JSON.stringify({ alerts }), 'alerts.json');
}

const slots = new StateSlots();
const store = new LiveStore({
  slots,
  historySec: 60,
  maxHistoryBytes: 2 ** 20,
  keepClosedSec: 60,
  scanUs: 10_000,
  isWatched: () => true,
  nowUs: () => Date.now() * 1000,
  elapsedMs: () => performance.now(),
});
const exclusions = new Exclusions({ srcPorts: [], dstAddressKeys: [] });
const cache = new ConnectionCache({ uuidPrefix: 'host_1795890818', exclusions, observers: [store], slots });
const messages = Array.from({ length: ROWS }, (_, i) => message(i));
const [BYTES_SENT = 0, SEGS_OUT = 0] = ['bytesSent', 'segsOut'].map(infoAt);
let round = 0;

/** Has some connections send, and ends the second. @param {number} active */
async function second(active) {
  round++;
  const timestamp = new Date().toISOString();
  for (let i = 0; i < active; i++) {
    const bytes = /** @type {Buffer} */ (messages[i]);
    bytes.writeBigUInt64LE(BigInt(round * (1 + (i % 5000))), BYTES_SENT);
    bytes.writeUInt32LE(round, SEGS_OUT);
    cache.update(parseNetlinkMessage(Buffer.from(bytes), timestamp));
  }
  await new Promise((/** @type {(value: void) => void} */ resolve) => {
    const stop = store.onGeneration(() => {
      stop();
      resolve();
    });
    store.tick();
  });
}

/** @param {number} rules @param {number} active */
async function measure(rules, active) {
  /** @type {number[]} */
  let turns = [];
  const engine = new AlertEngine({
    rules: rulesOf(rules),
    source: store,
    channels: new Map(),
    elapsedMs: () => performance.now(),
    later: (work) => {
      setImmediate(() => {
        const startMs = performance.now();
        work();
        turns.push(performance.now() - startMs);
      });
    },
    onRefused: () => undefined,
    onFault: (error) => {
      throw error;
    },
  });
  /** @type {number[]} */
  const costs = [];
  /** @type {number[]} */
  const longest = [];
  for (let i = 0; i < ROUNDS + 5; i++) {
    await second(active);
    globalThis.gc?.();
    await sleep(5);
    turns = [];
    const startMs = cpuMs();
    await engine.evaluate();
    // The scheduler adds up the time of a thread when it sleeps.
    await sleep(2);
    const spentMs = cpuMs() - startMs;
    // The first rounds warm up, and the very first looks at all rows.
    if (i < 5) continue;
    costs.push(spentMs);
    longest.push(Math.max(0, ...turns));
  }
  engine.stop();
  return { ms: quantile(costs, 0.5), longestMs: quantile(longest, 0.5) };
}

await second(ROWS);
let isCheap = true;
console.log(`${ROWS} connections; an evaluation a second, medians of ${ROUNDS}`);
for (const [rules, share] of /** @type {const} */ ([
  [1, 0.1],
  [64, 0],
  [64, 0.1],
  [64, 0.5],
  [64, 1],
])) {
  const { ms, longestMs } = await measure(rules, Math.round(share * ROWS));
  const text = `${rules} rules, ${100 * share} % with records`.padEnd(36);
  console.log(
    `${text} ${ms.toFixed(2).padStart(7)} ms  ${(ms / TARGET_MS).toFixed(2)} % of a core  longest turn ${longestMs.toFixed(2)} ms`,
  );
  if (share === 0.1 && ms > TARGET_MS) isCheap = false;
}
process.exitCode = isCheap ? 0 : 1;
