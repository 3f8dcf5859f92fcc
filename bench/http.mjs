#!/usr/bin/env node
// Measures what it costs to read HTTP on the wire, and whether all of it is seen: `npm run bench:http -- [ROUNDS [KIND...]]`
// as root; default 5 rounds of each kind. A server of bench/load and a capture run in one namespace, the client in
// another one, with a cable between them; times are measured over loopback. Contenders take turns, and ratios are of
// pairs. Prints every sample, then the results beside their limits, and fails if one is missed. Kinds:
//   count=S  S seconds (default 60) of 20,000 requests a second on 100 connections, and of 33,600 on one with pipelining:
//            the requests and answers that are reported, and those that client and server know of
//   cpu=N    CPU of `tcp-info http` for a request and its answer, with the look-up of their sockets, and of tshark with
//            the same statistics, at N requests a second (default 5,000), after 5 s of warming up
//   served=N,B  answers a second of a server that does what it can and works N µs for each (default 0), with bodies of
//            B bytes (default 1,024), under `tcp-info http`, under `tcpdump -w /dev/null`, and without a capture, after
//            3 s of warming up
//   ttfb     time to first byte that is reported, beside the server's own time: from the kernel's receipt of the request
//            (SO_TIMESTAMPNS of the server's socket) to its write of the answer; and, to tell them apart, how long the
//            request waited for the server's read, with requests that wait for others, and with one at a time
//   latency  time from an answer's last byte at its client until its line is read
//   memory   memory of 10,000 connections with an exchange each: without garbage in the library, and of the program
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endOurs, endTcpdump, endTshark, HttpLab, isInstalled, readTimes, rest } from './http-lab.mjs';
import { withLab } from './lab.mjs';
import { createMeter, memoryOf, removeMeters } from './meter.mjs';
import { pairedRatios, quantile } from './statistics.mjs';
import { inTurns } from './turns.mjs';

const KINDS = ['count', 'cpu', 'served', 'ttfb', 'latency', 'memory'];
const COUNTED_SECONDS = 60;
/** Loads that are counted. Answers that the server sends together make segments that the kernel cuts, unless `whole`. */
const COUNTED = {
  'keep-alive': { client: { connections: 100, rate: 20_000 } },
  pipelined: { client: { connections: 1, depth: 8, rate: 33_600 } },
  'pipelined deep, merged': {
    client: { connections: 1, depth: 1000, rate: 33_600 },
    server: { 'at-once': 64 },
    capture: { capture: 'whole' },
  },
};
const JSON_OUTPUT = { format: 'json', refresh: '2s' };
const CPU_RATE = 5000;
const [WARM_UP_SECONDS, CPU_SECONDS] = [5, 10];
const SERVED_LOAD = { connections: 32 };
const [SERVED_WARM_UP_SECONDS, SERVED_SECONDS] = [3, 4];
const TIMES_LOADS = {
  '16 connections': { connections: 16, rate: 1000, count: 10_000 },
  'one connection': { connections: 1, rate: 1000, count: 10_000 },
};
/** Work of the server for each request where its times are measured. */
const WORK_US = 200;
const FLOWS = 10_000;
const LIMITS = { cpuUs: 8, timesTshark: 0.5, timesTcpdump: 1, ttfbUs: 100, latencyMs: 30, flowBytes: 1024 };

const median = (values) => quantile(values, 0.5);
const round = (value, digits = 3) => Number(value.toFixed(digits));

function print(kind, sample) {
  process.stdout.write(`${JSON.stringify({ kind, ...sample })}\n`);
}

async function countAll(lab, _, seconds = COUNTED_SECONDS) {
  const results = {};
  for (const [load, options] of Object.entries(COUNTED)) {
    const capture = await lab.startCapture('ours', { ...JSON_OUTPUT, ...options.capture }, { cpu: undefined });
    const server = await lab.startServer(options.server);
    const client = await lab.ask({ ...options.client, count: options.client.rate * seconds });
    const served = await server.totals({ stop: true });
    await rest();
    const ours = await endOurs(capture);
    const isAll =
      ours.requests === client.requests &&
      ours.answers === client.answers &&
      ours.requests === served.requests &&
      ours.answers === served.answers &&
      ours.unpaired + ours.incomplete + ours.gaps + ours.dropped + ours.unparsed === 0;
    const perSec = round(client.requests / client.seconds, 0);
    print('count', { load, perSec, client, served, ours });
    results[load] = { perSec, client: client.requests, served: served.answers, ours: ours.answers, isAll, ok: isAll };
  }
  return results;
}

async function measureCpu(lab, rate, name) {
  const meter = createMeter();
  const capture = await lab.startCapture(name, name === 'ours' ? JSON_OUTPUT : {}, { cpu: undefined, meter });
  const server = await lab.startServer();
  const load = { connections: 32, rate };
  const warm = await lab.ask({ ...load, count: rate * WARM_UP_SECONDS });
  await rest();
  const before = meter.cpuSeconds();
  const client = await lab.ask({ ...load, count: rate * CPU_SECONDS });
  await rest();
  const us = (1e6 * (meter.cpuSeconds() - before)) / client.answers;
  await server.totals({ stop: true });
  const counts = name === 'ours' ? await endOurs(capture) : await endTshark(capture);
  await meter.remove();
  const sample = {
    us: round(us),
    perSec: round(client.answers / client.seconds, 0),
    of: warm.answers + client.answers,
    ...counts,
  };
  print('cpu', { name, ...sample });
  return sample;
}

async function cpu(lab, rounds, rate = CPU_RATE) {
  const names = isInstalled('tshark') ? ['ours', 'tshark'] : ['ours'];
  const samples = await inTurns(rounds, names, (name) => measureCpu(lab, rate, name));
  const ours = samples.ours.map(({ us }) => us);
  const us = median(ours);
  const result = { us, most: LIMITS.cpuUs, ok: us <= LIMITS.cpuUs };
  if (samples.tshark === undefined) return { cpu: result };
  const others = samples.tshark.map((sample) => sample.us);
  const ratio = round(median(pairedRatios(ours, others)));
  return {
    cpu: result,
    tshark: { us: median(others), ratio, most: LIMITS.timesTshark, ok: ratio <= LIMITS.timesTshark },
  };
}

async function measureServed(lab, { workUs, bodyBytes }, name) {
  const capture = name === 'none' ? undefined : await lab.startCapture(name, name === 'ours' ? JSON_OUTPUT : {});
  const server = await lab.startServer({ 'work-us': workUs, 'body-bytes': bodyBytes });
  const load = { ...SERVED_LOAD, 'body-bytes': bodyBytes };
  // JavaScript is compiled while it runs: that is work of the first seconds.
  await lab.ask({ ...load, seconds: SERVED_WARM_UP_SECONDS });
  const client = await lab.ask({ ...load, seconds: SERVED_SECONDS });
  await server.totals({ stop: true });
  await rest();
  const ended = { none: () => undefined, ours: endOurs, tcpdump: endTcpdump };
  const sample = { perSec: round(client.answers / client.seconds, 0), of: client.answers };
  print('served', { name, workUs, bodyBytes, ...sample, ...(await ended[name](capture)) });
  return sample.perSec;
}

async function served(lab, rounds, workUs = 0, bodyBytes = 1024) {
  const names = ['ours', 'tcpdump', 'none'].filter((name) => name !== 'tcpdump' || isInstalled(name));
  const samples = await inTurns(rounds, names, (name) => measureServed(lab, { workUs, bodyBytes }, name));
  const ratio = (name) => round(median(pairedRatios(samples.ours, samples[name] ?? [])));
  const timesTcpdump = ratio('tcpdump');
  return {
    [`served, ${workUs} µs of work, bodies of ${bodyBytes} bytes`]: {
      perSec: Object.fromEntries(names.map((name) => [name, median(samples[name])])),
      timesNone: ratio('none'),
      timesTcpdump,
      least: LIMITS.timesTcpdump,
      ok: timesTcpdump >= LIMITS.timesTcpdump,
    },
  };
}

/** Returns the lines of exchanges over loopback by port and position, and when each was read. */
async function followTimes(lab) {
  const capture = await lab.startCapture('ours', { format: 'jsonl' });
  const lines = new Map();
  let rest = '';
  capture.child.stdout.on('data', (text) => {
    const readMs = performance.timeOrigin + performance.now();
    const parts = `${rest}${text}`.split('\n');
    rest = parts.pop() ?? '';
    for (const each of parts) {
      const exchange = JSON.parse(each);
      lines.set(`${exchange.client.split(':').at(-1)} ${exchange.position}`, { exchange, readMs });
    }
  });
  return { capture, lines };
}

async function measureTimes(lab, load) {
  const { capture, lines } = await followTimes(lab);
  const paths = { server: lab.path('server'), client: lab.path('client') };
  const isLocal = true;
  const server = await lab.startServer({ 'work-us': WORK_US, out: paths.server }, { isLocal });
  const client = await lab.ask({ ...load, out: paths.client }, { isLocal });
  await server.totals({ stop: true });
  await rest();
  const code = await capture.stop();
  if (lines.size !== client.answers) throw new Error(`${lines.size} lines of ${client.answers} exchanges`);
  const [passed, arrived] = [readTimes(paths.server), readTimes(paths.client)];
  const us = (from, to) => Number(to - from) / 1000;
  const values = { ttfbUs: [], waitedUs: [], fromReadUs: [], latencyMs: [] };
  for (const [key, { exchange, readMs }] of lines) {
    const [receivedNs, readNs, writeNs] = passed.get(key);
    const [arrivedNs] = arrived.get(key);
    if (receivedNs === 0n) throw new Error(`${key}: the kernel did not say when it received the request`);
    values.ttfbUs.push(Math.abs(exchange.ttfbUs - us(receivedNs, writeNs)));
    values.waitedUs.push(us(receivedNs, readNs));
    values.fromReadUs.push(Math.abs(exchange.ttfbUs - us(readNs, writeNs)));
    values.latencyMs.push(readMs - Number(arrivedNs) / 1e6);
  }
  return { of: lines.size, code, ...values };
}

/**
 * Measures time to first byte and latency of lines in the same runs. The time from the kernel's receipt of a request is
 * compared with what is reported; that from the server's read lacks the time for which the request waited, behind others
 * or until the server ran, and is printed to show it.
 */
async function times(lab, rounds) {
  const results = {};
  for (const [load, options] of Object.entries(TIMES_LOADS)) {
    const samples = [];
    for (let i = 0; i < rounds; i++) {
      const { of, code, ...values } = await measureTimes(lab, options);
      const sample = Object.fromEntries(Object.entries(values).map(([name, each]) => [name, percentiles(each)]));
      print('times', { load, of, code, ...sample });
      samples.push(sample);
    }
    const medians = (name) =>
      Object.fromEntries(['p50', 'p99', 'most'].map((at) => [at, median(samples.map((each) => each[name][at]))]));
    const [ttfbUs, latencyMs] = [medians('ttfbUs'), medians('latencyMs')];
    results[`times, ${load}`] = {
      ttfbUs: { ...ttfbUs, limit: LIMITS.ttfbUs },
      waitedUs: medians('waitedUs'),
      fromReadUs: medians('fromReadUs'),
      latencyMs: { ...latencyMs, limit: LIMITS.latencyMs },
      ok: ttfbUs.p99 <= LIMITS.ttfbUs && latencyMs.p99 <= LIMITS.latencyMs,
    };
  }
  return results;
}

function percentiles(values) {
  const at = (part) => round(quantile(values, part), 1);
  return { p50: at(0.5), p99: at(0.99), most: at(1) };
}

/** Returns what 10,000 connections add to a capture's figure in bytes, divided by their number. */
async function perFlow(lab, capture, figure) {
  const server = await lab.startServer();
  await lab.ask({ connections: 10, rate: 5000, count: 20_000 });
  await rest();
  const before = await figure();
  const holder = lab.startClient({ connections: FLOWS, count: FLOWS, rate: 5000, hold: 1 });
  await holder.says('ready\n');
  await rest();
  const after = await figure();
  await holder.totals({ stop: true });
  await server.totals({ stop: true });
  await capture.stop();
  return round((after - before) / FLOWS, 0);
}

async function memory(lab) {
  const program = await lab.startCapture('ours', JSON_OUTPUT);
  const pssBytes = await perFlow(lab, program, async () => memoryOf([program.pid]).pssMib * 2 ** 20);
  const library = await lab.startProgram([process.execPath, '--expose-gc', join(import.meta.dirname, 'http-held.mjs')]);
  let last;
  const heldBytes = await perFlow(lab, library, async () => {
    const lines = library.stdout.length;
    library.child.kill('SIGUSR2');
    while (!library.stdout.slice(lines).endsWith('\n')) await sleep(20);
    last = JSON.parse(library.stdout.slice(lines));
    return last.bytes;
  });
  print('memory', { heldBytes, pssBytes, library: last });
  return { memory: { heldBytes, pssBytes, most: LIMITS.flowBytes, ok: heldBytes <= LIMITS.flowBytes } };
}

const MEASURES = { count: countAll, cpu, served, times, memory };

async function main(rounds, kinds) {
  const results = {};
  await withLab(async (plain) => {
    const lab = new HttpLab(plain);
    for (const kind of kinds) {
      const [name, ...numbers] = kind.split(/[=,]/);
      Object.assign(results, await MEASURES[name](lab, rounds, ...numbers.map(Number)));
    }
    return { ...results, ok: Object.values(results).every(({ ok }) => ok) };
  });
}

const [rounds = '5', ...named] = process.argv.slice(2);
// Both are of the same runs.
const kinds = [...new Set((named.length > 0 ? named : KINDS).map((kind) => kind.replace(/^(ttfb|latency)$/, 'times')))];
const unknown = kinds.filter(
  (kind) => !/^((count|cpu|served)=\d+|served=\d+,\d+)$/.test(kind) && MEASURES[kind] === undefined,
);
if (unknown.length > 0) throw new Error(`unknown kinds: ${unknown.join(', ')}`);
try {
  await main(Number(rounds), kinds);
} finally {
  await removeMeters();
}
