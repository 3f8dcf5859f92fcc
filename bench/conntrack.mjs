#!/usr/bin/env node
// Measures what it costs to read the kernel's connection tracking: `npm run bench:conntrack [FLOWS [RATE [ROUNDS]]]` as
// root. Makes a network namespace with FLOWS flows (default 50,000) and prints the CPU time of one dump: by a program
// that discards the answer (the floor), by the addon in parts, by the library as lines of JSON, by `tcp-info conntrack
// list` with and without its start, and by conntrack(8), if it is installed. Then that of flows of one port, and of
// translated ones. Then makes RATE events a second (default 20,000) for three seconds, and prints the CPU time of one
// event for the same readers, and how many were lost. The readers take turns in ROUNDS (default 5); ratios are of pairs.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildDumpRequest } from '../dist/conntrack/index.js';
import { readFlows } from '../dist/conntrack/kernel/index.js';
import { ALL_FLOWS, LineFollower } from '../dist/conntrack/socket/index.js';
import { netlink, readDump } from '../dist/native/index.js';
import { buildProgram } from './programs.mjs';
import { quantile } from './statistics.mjs';

const NETLINK_NETFILTER = 12;
const FLOW_NEW = 0x100;
const FLOW_GET = 0x101;
const REQUEST_DUMP = 0x301;
const GROUPS = [1, 2, 3];
const BUFFER_BYTES = 8 * 1024 * 1024;
const DUMPS = 5;
const DUMP_MS = 300;
const SECONDS = 3;
const LINE_END = 0x0a;
const START_MS = 1500;
/** Time after which a reader has read what was queued. */
const REST_MS = 300;
const DAEMON = join(import.meta.dirname, '../dist/cmd/tcp-info/main.js');
const LIST = `${process.execPath} ${DAEMON} conntrack list --format=jsonl`;
const SUPPORT = join(import.meta.dirname, '../test/support');

const [flows = 50_000, rate = 20_000, rounds = 5] = process.argv.slice(2).map(Number);
const name = `tcpi-bench-${process.pid}`;
const emptyName = `${name}-empty`;
const floor = await buildProgram('floor');
const hasConntrack = (process.env.PATH ?? '').split(':').some((folder) => {
  try {
    return readdirSync(folder).includes('conntrack');
  } catch {
    return false; // a folder of PATH need not exist
  }
});

// With this variable Node.js reads all of its certificates at each start, which takes 22 ms of CPU: a machine's choice.
delete process.env.NODE_EXTRA_CA_CERTS;

const inside = (...command) => ['nsenter', [`--net=/run/netns/${name}`, ...command]];
const run = (...command) => execFileSync(...inside(...command), { encoding: 'utf8' });
const makeFlows = (...args) => ['python3', join(import.meta.dirname, 'load/flows.py'), ...args.map(String)];

function dumpRequest() {
  const bytes = Buffer.alloc(20);
  bytes.writeUInt32LE(bytes.length, 0);
  bytes.writeUInt16LE(FLOW_GET, 4);
  bytes.writeUInt16LE(REQUEST_DUMP, 6);
  return bytes;
}

function start(...command) {
  const [file, args] = inside(...command);
  return spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Ends a program of `floor`, and returns its figures. */
async function figuresOf(child) {
  const lines = [];
  child.stdout.on('data', (chunk) => lines.push(chunk));
  child.kill('SIGTERM');
  await once(child, 'close');
  return JSON.parse(Buffer.concat(lines).toString());
}

/** Returns the CPU milliseconds of one dump on a beat. */
async function onBeat(mode, ...args) {
  const child = start(floor, mode, `--every-ms=${DUMP_MS}`, ...args);
  await once(child.stderr, 'data');
  await sleep(DUMPS * DUMP_MS);
  const { scans, userSeconds, systemSeconds } = await figuresOf(child);
  return ((userSeconds + systemSeconds) * 1000) / scans;
}

const cpuMs = (since) => {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
};

async function addonDump() {
  const requester = new netlink.Requester({ protocol: NETLINK_NETFILTER, namespace });
  const since = process.cpuUsage();
  let seen = 0;
  for (let i = 0; i < DUMPS; i++) {
    for await (const part of readDump(requester, { request: dumpRequest(), dataTypes: [FLOW_NEW] })) {
      seen += part.messages.length / 2;
    }
  }
  const ms = cpuMs(since) / DUMPS;
  await requester.close();
  if (seen !== DUMPS * flows) throw new Error(`${seen} flows in ${DUMPS} dumps of ${flows}`);
  return ms;
}

/** Lists flows as lines of JSON to /dev/null, and returns the CPU milliseconds of one list. */
async function libraryDump(filter, expected = flows) {
  const out = openSync('/dev/null', 'w');
  const since = process.cpuUsage();
  let seen = 0;
  for (let i = 0; i < DUMPS; i++) {
    const listing = readFlows({ namespace: name, ...(filter === undefined ? {} : { filter }) });
    for await (const lines of listing.lines(new Date().toISOString())) writeSync(out, lines);
    seen += listing.counts.matched;
  }
  const ms = cpuMs(since) / DUMPS;
  closeSync(out);
  if (seen !== DUMPS * expected) throw new Error(`${seen} flows in ${DUMPS} lists of ${expected}`);
  return ms;
}

/** Returns the CPU milliseconds of the command: of a whole list, or of one in a namespace without flows. */
const commandDump = (isStart) => onBeat('repeat', `--command=${LIST}${isStart ? ` --netns=${emptyName}` : ''}`);

/** Makes the events, in a namespace without other flows. */
async function makeEvents() {
  const child = start(...makeFlows(rate * SECONDS, rate));
  await once(child, 'exit');
  await sleep(REST_MS);
}

async function floorEvents() {
  const child = start(floor, 'events', `--protocol=${NETLINK_NETFILTER}`, '--groups=1,2,3', `--buffer=${BUFFER_BYTES}`);
  await once(child.stderr, 'data');
  await makeEvents();
  const { events, lost, userSeconds, systemSeconds } = await figuresOf(child);
  return { events, lost, us: ((userSeconds + systemSeconds) * 1e6) / (events + lost) };
}

async function addonEvents() {
  let events = 0;
  let lost = 0;
  const options = { protocol: NETLINK_NETFILTER, groups: GROUPS, receiveBufferBytes: BUFFER_BYTES, namespace };
  const since = process.cpuUsage();
  const listener = new netlink.MessageListener(options, (batch) => {
    events += batch.messages.length / 2;
    lost += batch.lost;
  });
  await makeEvents();
  const us = (cpuMs(since) * 1000) / (events + lost);
  await listener.close();
  return { events, lost, us };
}

/** Follows events as lines of JSON to /dev/null. */
async function libraryEvents() {
  const out = openSync('/dev/null', 'w');
  const since = process.cpuUsage();
  const options = { namespace: name, bufferBytes: BUFFER_BYTES, events: ['new', 'destroy'] };
  const follower = await LineFollower.open(options, ALL_FLOWS, netlink);
  let events = 0;
  const reading = (async () => {
    for await (const lines of follower) {
      writeSync(out, lines);
      events += linesIn(lines);
    }
  })();
  await makeEvents();
  const us = (cpuMs(since) * 1000) / (rate * SECONDS);
  const { lost } = follower;
  await follower.return();
  await reading;
  closeSync(out);
  return { events, lost, us };
}

/** CPU of all threads. */
const ranUs = (pid) =>
  readdirSync(`/proc/${pid}/task`).reduce(
    (sum, thread) => sum + Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]) / 1000,
    0,
  );

function linesIn({ buffer, byteOffset, length }) {
  const bytes = Buffer.from(buffer, byteOffset, length);
  let lines = 0;
  for (let at = bytes.indexOf(LINE_END); at >= 0; at = bytes.indexOf(LINE_END, at + 1)) lines++;
  return lines;
}

async function programEvents(restMs, ...command) {
  const child = start(...command);
  let lines = 0;
  child.stdout.on('data', (chunk) => {
    lines += linesIn(chunk);
  });
  await sleep(restMs);
  const before = ranUs(child.pid);
  await makeEvents();
  const us = (ranUs(child.pid) - before) / (rate * SECONDS);
  child.kill('SIGTERM');
  await once(child, 'close');
  return { events: lines, lost: rate * SECONDS - lines, us };
}

const conntrackEvents = () => programEvents(REST_MS, 'conntrack', '-E', '-b', String(BUFFER_BYTES));
const commandEvents = () =>
  programEvents(START_MS, process.execPath, DAEMON, 'conntrack', 'watch', '--format=jsonl', '--buffer=8MiB');

const hex = dumpRequest().toString('hex');
const DUMP_READERS = {
  floor: () => onBeat('dump', `--protocol=${NETLINK_NETFILTER}`, `--requests=${hex}`),
  addon: addonDump,
  library: () => libraryDump(),
  'tcp-info list': () => commandDump(false),
  'its start': () => commandDump(true),
  ...(hasConntrack && {
    'conntrack -L': () => onBeat('repeat', '--command=conntrack -L'),
    'conntrack -L -o xml': () => onBeat('repeat', '--command=conntrack -L -o xml'),
  }),
};
/** Conditions that the kernel tests, each with the number of flows for which it holds. */
const CONDITIONS = [
  { title: 'one port', filter: 'protocol:tcp orig.sport = 2000', expected: 1 },
  { title: 'translated', filter: 'nat.kind != none', expected: 0 },
];

function conditionReaders({ filter, expected }) {
  const requests = readFlows({ filter }).kernelPart.dumps.map((dump) =>
    Buffer.from(buildDumpRequest(dump)).toString('hex'),
  );
  return {
    floor: () => onBeat('dump', `--protocol=${NETLINK_NETFILTER}`, `--requests=${requests.join(',')}`),
    library: () => libraryDump(filter, expected),
  };
}
const EVENT_READERS = {
  floor: floorEvents,
  addon: addonEvents,
  library: libraryEvents,
  'tcp-info watch': commandEvents,
  ...(hasConntrack && { 'conntrack -E': conntrackEvents }),
};

function newNamespace() {
  for (const each of [name, emptyName]) execFileSync('ip', ['netns', 'add', each]);
  run('python3', join(SUPPORT, 'tracking.py'), '[{"kind":"track"}]');
}

function removeNamespace() {
  for (const each of [name, emptyName]) execFileSync('ip', ['netns', 'del', each]);
}

let namespace;
/** Runs `work` in a new namespace, which is removed afterwards. */
async function inNewNamespace(work) {
  newNamespace();
  namespace = openSync(`/run/netns/${name}`, 'r');
  try {
    return await work();
  } finally {
    closeSync(namespace);
    removeNamespace();
  }
}

function print(title, unit, results) {
  process.stdout.write(`\n${title}\n`);
  for (const [reader, values] of Object.entries(results)) {
    const ratios = values.map((value, round) => value / results.floor[round]);
    const figures = `${quantile(values, 0.5).toFixed(2)} ${unit}, ${quantile(ratios, 0.5).toFixed(2)} x floor`;
    process.stdout.write(`  ${reader.padEnd(20)} ${figures}\n`);
  }
}

const collect = (readers) => Object.fromEntries(Object.keys(readers).map((reader) => [reader, []]));

const dumps = collect(DUMP_READERS);
const conditions = CONDITIONS.map((condition) => ({ ...condition, readers: conditionReaders(condition) }));
for (const condition of conditions) condition.results = collect(condition.readers);
await inNewNamespace(async () => {
  run(...makeFlows(flows));
  for (let round = 0; round < rounds; round++) {
    for (const [reader, measure] of Object.entries(DUMP_READERS)) dumps[reader].push(await measure());
    for (const { readers, results } of conditions) {
      for (const [reader, measure] of Object.entries(readers)) results[reader].push(await measure());
    }
  }
});
print(`CPU of one dump of ${flows} flows`, 'ms', dumps);
for (const { title, filter, results } of conditions) print(`${title} of ${flows}: ${filter}`, 'ms', results);

const events = collect(EVENT_READERS);
const lost = Object.fromEntries(Object.keys(EVENT_READERS).map((reader) => [reader, 0]));
for (let round = 0; round < rounds; round++) {
  for (const [reader, measure] of Object.entries(EVENT_READERS)) {
    const result = await inNewNamespace(measure);
    events[reader].push(result.us);
    lost[reader] += result.lost;
  }
}
print(`CPU of one event at ${rate} a second`, 'us', events);
process.stdout.write(`\nlost of ${rate * SECONDS * rounds}: ${JSON.stringify(lost)}\n`);
