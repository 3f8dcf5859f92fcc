#!/usr/bin/env node
// Measures what it costs to read the kernel's connection tracking: `npm run bench:conntrack [FLOWS [RATE [ROUNDS]]]` as
// root. Makes a network namespace with FLOWS flows (default 50,000) and prints the CPU time of one dump: by a program
// that discards the answer (the floor), by the addon in parts, by the library as lines of JSON, and by conntrack(8), if
// it is installed. Then makes RATE events a second (default 20,000) for three seconds, and prints the CPU time of one
// event for the same readers, and how many were lost. The readers take turns in each of the ROUNDS (default 5); ratios
// are those of pairs.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { flowLine } from '../dist/conntrack/index.js';
import { followFlows, readFlows } from '../dist/conntrack/kernel/index.js';
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
/** Time after which a reader has read what was queued. */
const REST_MS = 300;
const SUPPORT = join(import.meta.dirname, '../test/support');

const [flows = 50_000, rate = 20_000, rounds = 5] = process.argv.slice(2).map(Number);
const name = `tcpi-bench-${process.pid}`;
const floor = await buildProgram('floor');
const hasConntrack = (process.env.PATH ?? '').split(':').some((folder) => {
  try {
    return readdirSync(folder).includes('conntrack');
  } catch {
    return false; // a folder of PATH need not exist
  }
});

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

/** Lists all flows as lines of JSON to /dev/null. */
async function libraryDump() {
  const out = openSync('/dev/null', 'w');
  const since = process.cpuUsage();
  let seen = 0;
  for (let i = 0; i < DUMPS; i++) {
    for await (const batch of readFlows({ namespace: name })) {
      let text = '';
      for (const flow of batch) text += `${flowLine(flow)}\n`;
      writeSync(out, text);
      seen += batch.length;
    }
  }
  const ms = cpuMs(since) / DUMPS;
  closeSync(out);
  if (seen !== DUMPS * flows) throw new Error(`${seen} flows in ${DUMPS} lists of ${flows}`);
  return ms;
}

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
  const follower = await followFlows({ namespace: name, bufferBytes: BUFFER_BYTES, resync: false });
  let events = 0;
  const reading = (async () => {
    for await (const event of follower) {
      if (event.kind === 'lost') continue;
      writeSync(out, `${flowLine(event.flow, { event: event.kind, portId: event.portId })}\n`);
      events++;
    }
  })();
  await makeEvents();
  const { lost } = follower.counts;
  const us = (cpuMs(since) * 1000) / (events + lost);
  await follower.return();
  await reading;
  closeSync(out);
  return { events, lost, us };
}

/** Returns the nanoseconds that a process with one thread has run. */
const ranNs = (pid) => Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]);

async function conntrackEvents() {
  const child = start('conntrack', '-E', '-b', String(BUFFER_BYTES));
  let lines = 0;
  child.stdout.on('data', (chunk) => {
    for (const byte of chunk) if (byte === 10) lines++;
  });
  await sleep(REST_MS);
  const before = ranNs(child.pid);
  await makeEvents();
  const us = (ranNs(child.pid) - before) / 1000 / (rate * SECONDS);
  child.kill('SIGTERM');
  await once(child, 'close');
  return { events: lines, lost: rate * SECONDS - lines, us };
}

const hex = dumpRequest().toString('hex');
const DUMP_READERS = {
  floor: () => onBeat('dump', `--protocol=${NETLINK_NETFILTER}`, `--requests=${hex}`),
  addon: addonDump,
  library: libraryDump,
  ...(hasConntrack && {
    'conntrack -L': () => onBeat('repeat', '--command=conntrack -L'),
    'conntrack -L -o xml': () => onBeat('repeat', '--command=conntrack -L -o xml'),
  }),
};
const EVENT_READERS = {
  floor: floorEvents,
  addon: addonEvents,
  library: libraryEvents,
  ...(hasConntrack && { 'conntrack -E': conntrackEvents }),
};

function newNamespace() {
  execFileSync('ip', ['netns', 'add', name]);
  run('python3', join(SUPPORT, 'tracking.py'), '[{"kind":"track"}]');
}

const removeNamespace = () => execFileSync('ip', ['netns', 'del', name]);

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
await inNewNamespace(async () => {
  run(...makeFlows(flows));
  for (let round = 0; round < rounds; round++) {
    for (const [reader, measure] of Object.entries(DUMP_READERS)) dumps[reader].push(await measure());
  }
});
print(`CPU of one dump of ${flows} flows`, 'ms', dumps);

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
