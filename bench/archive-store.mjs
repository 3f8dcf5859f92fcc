/**
 * Measures what rows of a store over archives take: bytes a row, and the time of a filter and of a sort over all.
 *
 *     node --expose-gc bench/archive-store.mjs [ROWS]
 */
import { LIMITED_BY } from '../dist/analysis/index.js';
import { ArchiveStore } from '../dist/archive/store/archive-store.js';
import { compileExpression } from '../dist/expression/index.js';
import { ROW_VOCABULARY } from '../dist/live/store/index.js';
import { formatTimestamp } from '../dist/parse/index.js';

const ROWS = Number(process.argv[2] ?? 200_000);

/** Returns numbers from 0 to 1, the same in each run. */
function generator() {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Returns rows as busy servers have them: most short, few long, half of the peers new. */
function* rows(count) {
  const random = generator();
  const whole = (max) => Math.floor(random() * max);
  const long = (max) => Math.floor(max ** random());
  for (let i = 0; i < count; i++) {
    const startNs = 1_795_000_000_000_000_000n + BigInt(i) * 432_001_357n;
    const durationUs = long(3_600_000_000);
    const [bytesSent, bytesReceived] = [long(2 ** 36), long(2 ** 30)];
    const [dataSegsOut, dataSegsIn] = [Math.ceil(bytesSent / 1448), Math.ceil(bytesReceived / 1448)];
    const totalRetrans = long(dataSegsOut + 1) - 1;
    const bytesRetrans = totalRetrans * 1448;
    const rttUs = 100 + long(400_000);
    const perSecond = (bytes) => (durationUs === 0 ? null : bytes / (durationUs / 1e6));
    const [bytesAcked] = [bytesSent - bytesRetrans + 2];
    const counters = { bytesSent, bytesAcked, bytesReceived, bytesRetrans, totalRetrans, dataSegsOut, dataSegsIn };
    yield {
      uuid: `server-7.example.com_1795000000_${(4_000_000 + i).toString(16).toUpperCase().padStart(16, '0')}`,
      netnsInode: null,
      netnsName: null,
      family: 2,
      localAddress: '198.51.100.7',
      localPort: 443,
      remoteAddress: `${1 + whole(220)}.${whole(256)}.${whole(256)}.${whole(256)}`,
      remotePort: 32_768 + whole(28_000),
      startTime: formatTimestamp(startNs),
      endTime: formatTimestamp(startNs + BigInt(durationUs) * 1000n),
      durationUs,
      snapshots: 1 + long(10_000),
      lastState: 7,
      ...counters,
      recorded: { ...counters },
      segsOut: dataSegsOut + 3,
      segsIn: dataSegsIn + dataSegsOut,
      olderByUs: null,
      minRttUs: rttUs,
      medianRttUs: rttUs * 1.25,
      p95RttUs: rttUs * 1.5,
      maxRttUs: rttUs * 2,
      maxCwnd: 10 + long(2000),
      sendThroughputBytesPerSec: perSecond(bytesSent),
      goodputBytesPerSec: perSecond(bytesAcked),
      receiveThroughputBytesPerSec: perSecond(bytesReceived),
      congestionAlgorithm: i % 9 === 0 ? 'bbr' : 'cubic',
      busyTimeUs: whole(durationUs),
      rwndLimitedUs: whole(durationUs),
      sndbufLimitedUs: 0,
      hasPeerFin: true,
      exchanges: 1 + long(100),
      maxPacingRateBytesPerSec: null,
      maxPacingRateUs: 0,
      limitedUs: Object.fromEntries(LIMITED_BY.map((cause) => [cause, whole(durationUs)])),
      limitedBy: LIMITED_BY[i % LIMITED_BY.length],
      limitedByEvidence: 'clock',
      limitedByRunnerUp: null,
      closedFirst: 'remote',
      howEnded: 'closed',
      endingUnknownBecause: null,
    };
  }
}

function used() {
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function timed(work) {
  const start = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(start);
  return `${((user + system) / 1000).toFixed(0)} ms${result === undefined ? '' : ` (${result} rows)`}`;
}

if (globalThis.gc === undefined) throw new Error('run it with node --expose-gc');
for (const _ of rows(1000)); // compiled before memory is measured
const empty = used();
const plain = [...rows(ROWS)];
const objects = used() - empty;
plain.length = 0;
const before = used();
const store = new ArchiveStore({ found: [], options: {} }, ROWS);
const adding = timed(() => {
  for (const row of rows(ROWS)) store.add(row);
  store.finish();
});
console.log(`rows as objects: ${(objects / ROWS).toFixed(0)} bytes each`);
console.log(`rows in the store: ${((used() - before) / ROWS).toFixed(0)} bytes each, ${adding} CPU to make and add`);
for (const text of [
  'sport 443 bytesRetrans / bytesSent > 1%',
  'src 198.51.100.0/24 connection.limitedBy = cwnd',
  'c0ffee',
]) {
  const { matches } = compileExpression(text, ROW_VOCABULARY);
  console.log(`filter ${text}: ${timed(() => [...store.rows()].filter(matches).length)} CPU`);
}
const sorting = timed(() => {
  const values = [...store.rows()].map((row) => [row.connection.bytesSent ?? 0, row]);
  values.sort(([a], [b]) => b - a);
});
console.log(`sort by connection.bytesSent: ${sorting} CPU`);
const keys = timed(() => [...store.rows()].filter((row) => store.row(row.key) === row).length);
console.log(`key and row of each: ${keys} CPU`);
