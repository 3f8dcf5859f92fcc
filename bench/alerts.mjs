#!/usr/bin/env node
// @ts-check
// Measures the evaluation of 64 rules of alerts over made-up connections, once a second:
//
//   node --expose-gc bench/alerts.mjs [--rows 10000] [--rounds 15]
//
// Processor time is that of the main thread, of the evaluation alone: the walk of the store before it is there without
// alerts, too. Turns are by the clock, so keep the machine idle. Exits with 1 if an evaluation of 64 rules takes more
// than 1 % of a core, also while all connections have records. What it takes while all alerts fire that are followed, and
// with a group for each connection, is shown beside.
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

/**
 * Conditions as people write them. Each is in several rules, with bounds of their own: equal ones would be evaluated
 * once.
 * @type {((i: number) => Record<string, string>)[]}
 */
const CONDITIONS = [
  (i) => ({ when: `rtt > 3*minrtt and rtt > ${50 + i}ms`, for: '5s' }),
  (i) => ({ when: `retransmitRateBytes > ${5 + i}% and send > 1Mbit/s`, for: '5s', clear: 'retransmitRateBytes < 1%' }),
  (i) => ({ when: 'limited = rwnd', for: `${10 + i}s`, filter: `dport ${443 + i}` }),
  (i) => ({ when: 'state = close_wait', for: `${1 + i}min` }),
  (i) => ({ when: `send > ${100 + i}Mbit/s and queue > 20ms`, filter: 'dst 10.0.0.0/8' }),
  (i) => ({ when: `bytesSent > ${1 + i}GB and rate < 1kB/s` }),
  (i) => ({ when: `unacked > ${1000 + i} or wqueueBytes > ${10 + i}MB` }),
  (i) => ({ by: 'all', when: `count(where state = close_wait) > ${100 + i}` }),
  (i) => ({ by: 'localPort', when: `p95(rtt) > ${50 + i}ms and count() > 10` }),
];

/** Rules beside those of {@link CONDITIONS}. */
const EXTRA = {
  none: [],
  firing: [{ name: 'firing', when: 'rtt > 100us' }],
  groups: [{ name: 'groups', by: 'remotePort,remoteAddress', when: 'sum(send) > 1Gbit/s or max(rtt) > 5s' }],
};

/** @param {number} count @param {readonly object[]} extra */
function rulesOf(count, extra) {
  const alerts = Array.from({ length: count }, (_, i) => {
    const condition = CONDITIONS[i % CONDITIONS.length];
    return { name: `rule ${i}`, ...condition?.(Math.floor(i / CONDITIONS.length)) };
  });
  return parseRules(JSON.stringify({ alerts: [...alerts, ...extra] }), 'alerts.json');
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

/** @param {number} rules @param {number} active @param {keyof typeof EXTRA} extra */
async function measure(rules, active, extra) {
  /** @type {number[]} */
  let turns = [];
  const engine = new AlertEngine({
    rules: rulesOf(rules, EXTRA[extra]),
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
for (const [rules, share, extra] of /** @type {const} */ ([
  [1, 0.1, 'none'],
  [64, 0, 'none'],
  [64, 0.1, 'none'],
  [64, 0.5, 'none'],
  [64, 1, 'none'],
  [63, 1, 'firing'],
  [63, 1, 'groups'],
])) {
  const { ms, longestMs } = await measure(rules, Math.round(share * ROWS), extra);
  const beside = { none: '', firing: `, ${ROWS} alerts`, groups: `, ${ROWS} groups` }[extra];
  const text = `${rules} rules, ${100 * share} % with records${beside}`.padEnd(48);
  console.log(
    `${text} ${ms.toFixed(2).padStart(7)} ms  ${(ms / TARGET_MS).toFixed(2)} % of a core  longest turn ${longestMs.toFixed(2)} ms`,
  );
  if (rules === 64 && ms > TARGET_MS) isCheap = false;
}
process.exitCode = isCheap ? 0 : 1;
