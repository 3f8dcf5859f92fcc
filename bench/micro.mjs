// Measures parts of the code separately, on records of the collector:
//
//   node --expose-gc --min-semi-space-size=128 --max-semi-space-size=256 bench/micro.mjs OUTPUT
//
// OUTPUT is a collector's folder. Prints JSON: for each part the nanoseconds per record (main thread, and all threads)
// and the allocated bytes per record; and how much larger the archives are than one zstd frame of the same content.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PerformanceObserver } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import zstd from '@mongodb-js/zstd';
import { compareRecords } from '../dist/cache/index.js';
import { TCPDIAG_GETSOCK } from '../dist/inetdiag/index.js';
import { NLA_HDRLEN, NLMSG_HDRLEN } from '../dist/netlink/index.js';
import { decodeRecord, encodeRecord, parseNetlinkMessage, timestampToNs } from '../dist/parse/index.js';
import { compressFrame, decompressFrames } from '../dist/zstd/index.js';
import { summarize } from './statistics.mjs';

/** Maximum number of records per round. */
const MOST_RECORDS = 5000;
const FRAME_BYTES = 64 * 1024;
const ROUNDS = 9;
const ROUND_MS = 300;
/** Compression level of the collector. */
const LEVEL = 3;
/** Minimum records of a connection for the measurement of frames: in total, and (below) per second. */
const LEAST_RECORDS = 200;
const LEAST_RATE = 10;

async function* once(bytes) {
  yield bytes;
}

/** Reads an archive. Returns its records in order, its content and its size. */
async function readArchive(path) {
  const stored = readFileSync(path);
  const pieces = [];
  for await (const piece of decompressFrames(once(stored))) pieces.push(piece);
  const content = Buffer.concat(pieces);
  const lines = content.toString('utf8').split('\n').slice(0, -1);
  const records = lines.map(decodeRecord).filter(({ rawIdm }) => rawIdm !== undefined);
  return { stored: stored.length, content, records };
}

/** Rebuilds the netlink message of a record. */
function toMessage({ rawIdm, attributes = [] }) {
  const parts = attributes.flatMap((value, type) => {
    if (value === null) return [];
    const attribute = Buffer.alloc((NLA_HDRLEN + value.length + 3) & ~3);
    attribute.writeUInt16LE(NLA_HDRLEN + value.length, 0);
    attribute.writeUInt16LE(type, 2);
    attribute.set(value, NLA_HDRLEN);
    return [attribute];
  });
  const header = Buffer.alloc(NLMSG_HDRLEN);
  const message = Buffer.concat([header, rawIdm, ...parts]);
  message.writeUInt32LE(message.length, 0);
  message.writeUInt16LE(TCPDIAG_GETSOCK, 4);
  return message;
}

/** Returns the run time of the main thread in nanoseconds. */
function mainThreadNs() {
  return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ', 1)[0]);
}

function allThreadsNs() {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
}

function allocated() {
  const { heapUsed, external } = process.memoryUsage();
  return { heap: heapUsed, outside: external };
}

/** Runs `work`, which processes `records` records, until the time is up. Returns nanoseconds per record. */
async function timeRound(work, records) {
  const [main, all, end] = [mainThreadNs(), allThreadsNs(), performance.now() + ROUND_MS];
  let times = 0;
  for (; performance.now() < end; times++) await work();
  const done = times * records;
  return { main: (mainThreadNs() - main) / done, all: (allThreadsNs() - all) / done };
}

async function someTurns() {
  for (let turn = 0; turn < 3; turn++) await nextTurn();
}

/** Collects all garbage. Memory outside the heap is freed on later turns of the event loop. */
async function collectAll() {
  globalThis.gc();
  await someTurns();
  globalThis.gc();
  await someTurns();
}

/** Watches for garbage collections. `since` returns whether there was one after a time. */
class CollectionWatch {
  #latestMs = 0;
  #observer = new PerformanceObserver((list) => {
    this.#latestMs = Math.max(this.#latestMs, ...list.getEntries().map(({ startTime }) => startTime));
  });

  constructor() {
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  async since(timeMs) {
    // Collections are reported on a later turn of the event loop.
    await someTurns();
    return this.#latestMs >= timeMs;
  }
}

const collections = new CollectionWatch();

/** Returns the allocated bytes per record of one run; undefined if there was a garbage collection. */
async function allocateRound(work, records) {
  await collectAll();
  const [before, began] = [allocated(), performance.now()];
  await work();
  const after = allocated();
  if (await collections.since(began)) return undefined;
  return { heap: (after.heap - before.heap) / records, outside: (after.outside - before.outside) / records };
}

async function measurePart(name, records, work) {
  await timeRound(work, records); // warms up
  const [times, bytes] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    times.push(await timeRound(work, records));
    bytes.push(await allocateRound(work, records));
  }
  const of = (samples, key) => summarize(samples.filter(Boolean).map((sample) => sample[key]));
  return {
    ...{ name, records, mainNs: of(times, 'main'), allNs: of(times, 'all') },
    ...{ heapBytes: of(bytes, 'heap'), outsideBytes: of(bytes, 'outside') },
  };
}

/** Returns the contents of frames that the collector makes from full buffers, with their numbers of records. */
function toFrames(archives) {
  const frames = [];
  let lines = [];
  let length = 0;
  for (const line of archives.flatMap(({ records }) => records.slice(0, MOST_RECORDS)).map(encodeRecord)) {
    lines.push(line);
    length += line.length;
    if (length < FRAME_BYTES) continue;
    frames.push({ content: Buffer.from(lines.join('')), records: lines.length });
    [lines, length] = [[], 0];
  }
  return frames;
}

function measureParts(archives) {
  const sequences = archives.map(({ records }) => records);
  const records = sequences.flat().slice(0, MOST_RECORDS);
  const messages = records.map(toMessage);
  const pairs = sequences.flatMap((sequence) => sequence.slice(1).map((record, i) => [sequence[i], record]));
  const compared = pairs.slice(0, MOST_RECORDS);
  const frames = toFrames(archives);
  const framed = frames.reduce((sum, frame) => sum + frame.records, 0);
  let kept; // the results must not be optimised away
  const parts = [
    // Like the collector: every kept message is copied once.
    [
      'parse',
      messages,
      (message) => {
        const copy = Buffer.allocUnsafeSlow(message.length);
        copy.set(message);
        kept = parseNetlinkMessage(copy, '2026-01-01T00:00:00Z');
      },
    ],
    [
      'compare',
      compared,
      ([before, after]) => {
        kept = compareRecords(before, after);
      },
    ],
    [
      'write line',
      records,
      (record) => {
        kept = encodeRecord(record);
      },
    ],
  ];
  return {
    parts: parts.map(([name, items, work]) => [
      name,
      items.length,
      () => {
        for (const item of items) work(item);
        return kept;
      },
    ]),
    compress: [
      'compress',
      framed,
      async () => {
        for (const { content } of frames) await compressFrame(content);
      },
    ],
  };
}

/** Compares archive sizes with one frame of the same content, grouped by the connections' records per second. */
async function compareFrames(archives) {
  const groups = new Map();
  for (const { stored, content, records } of archives) {
    const [first, last] = [records[0], records.at(-1)].map(({ timestamp }) => Number(timestampToNs(timestamp)) / 1e9);
    const rate = records.length / (last - first);
    if (records.length < LEAST_RECORDS || rate < LEAST_RATE) continue;
    const name = rate < 50 ? '10 to 50' : '50 or more';
    const group = groups.get(name) ?? { rate: name, connections: 0, records: 0, frames: 0, whole: 0 };
    group.connections++;
    group.records += records.length;
    group.frames += stored;
    group.whole += (await zstd.compress(content, LEVEL)).length;
    groups.set(name, group);
  }
  return [...groups.values()].map((group) => ({ ...group, more: group.frames / group.whole - 1 }));
}

const [output, ...rest] = process.argv.slice(2);
if (output === undefined || rest.length > 0 || globalThis.gc === undefined) {
  process.stderr.write('usage: node --expose-gc bench/micro.mjs OUTPUT\n');
  process.exit(2);
}
const paths = readdirSync(output, { recursive: true }).filter((name) => name.endsWith('.jsonl.zst'));
const archives = [];
for (const path of paths) archives.push(await readArchive(join(output, path)));
const long = archives.filter(({ records }) => records.length >= 2);
if (long.length === 0) throw new Error(`${output} has no archive of two records or more`);
const { parts, compress } = measureParts(long);
const results = [];
for (const part of [...parts, compress]) results.push(await measurePart(...part));
process.stdout.write(`${JSON.stringify({ parts: results, frames: await compareFrames(long) })}\n`);
