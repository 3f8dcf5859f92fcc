// Measures what watches cost: `npm run bench:watch -- [PAIRS]`, as root, on an idle machine; default 5 pairs. 100
// connections, 16 of them sending; a collector with `-live`, in turn without a watch and with one of 16 connections at
// 1 ms, first of silent ones, then of those that send. Prints a line for each sample, and at the end medians, ratios and
// the targets: the thread of the reads takes at most 5 % of a core, 99 % of the reads are answered within 0.5 ms of
// their deadlines, and the 99th percentile of the lateness of scans is at most 1.1 times that without a watch.
import { readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { percentOf } from './beside.mjs';
import { cpuMs } from './cpu-time.mjs';
import { FAR, withLab } from './lab.mjs';
import { quantile } from './statistics.mjs';

const pairs = Number(process.argv[2] ?? 5);
if (!Number.isInteger(pairs) || pairs < 1) {
  process.stderr.write('usage: watch.mjs [PAIRS]\n');
  process.exit(2);
}
const PORT = 30_000;
const WATCHED = 16;
const SILENT = 84;
const WARM_UP_MS = 8000;
const SETTLE_MS = 1500;
const MEASURED_MS = 8000;
const TARGETS = { threadPercent: 5, withinHalfMs: 0.99, latenessRatio: 1.1 };

/** Returns the CPU time of the thread of the reads, in milliseconds; 0 without one. */
function threadMs(pid) {
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const folder = `/proc/${pid}/task/${thread}`;
    if (readFileSync(`${folder}/comm`, 'utf8') !== 'netlink-watch\n') continue;
    return Number(readFileSync(`${folder}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
  }
  return 0;
}

/** Sends a request to the API, and returns its answer. */
function ask(socketPath, method, path, body) {
  return new Promise((resolve, reject) => {
    const headers = { Host: 'localhost', 'Content-Type': 'application/json' };
    const sent = request({ socketPath, path: `/api/v1${path}`, method, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part) => {
        text += part;
      });
      response.once('end', () => {
        if (response.statusCode < 300) resolve(JSON.parse(text));
        else reject(new Error(`${method} ${path}: ${response.statusCode} ${text}`));
      });
    });
    sent.once('error', reject).end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** Returns the counts of a histogram's buckets between two scrapes, by upper bound in seconds. */
function bucketsBetween(name, before, after) {
  const start = `${name}_bucket{le="`;
  return Object.entries(after.all(start)).map(([sample, count]) => ({
    upTo: Number(sample.slice(start.length, -2).replace('+Inf', 'Infinity')),
    count: count - (before(sample) ?? 0),
  }));
}

/** Returns the quantile of a histogram, linear within its bucket. */
function histogramQuantile(buckets, share) {
  const wanted = (buckets.at(-1)?.count ?? 0) * share;
  let [low, below] = [0, 0];
  for (const { upTo, count } of buckets) {
    if (count >= wanted)
      return upTo === Number.POSITIVE_INFINITY ? low : low + ((upTo - low) * (wanted - below)) / (count - below || 1);
    [low, below] = [upTo, count];
  }
  return low;
}

/** Measures the collector for a while. */
async function sample(lab, pid) {
  await sleep(SETTLE_MS);
  const [before, cpuBefore, threadBefore, began] = [lab.scrape(), cpuMs(pid), threadMs(pid), performance.now()];
  await sleep(MEASURED_MS);
  const seconds = (performance.now() - began) / 1000;
  const [cpu, thread] = [percentOf(cpuMs(pid) - cpuBefore, seconds), percentOf(threadMs(pid) - threadBefore, seconds)];
  const after = lab.scrape();
  const reads = bucketsBetween('tcpinfo_watch_lateness_seconds', before, after);
  const all = reads.at(-1)?.count ?? 0;
  const within = reads.find(({ upTo }) => upTo === 0.0005)?.count ?? 0;
  const scans = bucketsBetween('tcpinfo_scan_lateness_seconds', before, after);
  return {
    ...{ cpu, thread },
    readsPerSec: Math.round(all / seconds),
    recordsPerSec: Math.round(
      ((after('tcpinfo_watch_records_total') ?? 0) - (before('tcpinfo_watch_records_total') ?? 0)) / seconds,
    ),
    withinHalfMs: all === 0 ? undefined : Number((within / all).toFixed(5)),
    scanLatenessP99Us: Math.round(histogramQuantile(scans, 0.99) * 1e6),
  };
}

const medianOf = (samples, key) =>
  quantile(
    samples.map((each) => each[key]).sort((a, b) => a - b),
    0.5,
  );

await withLab(async (lab) => {
  for (const [port, count, active] of [
    [PORT, WATCHED, WATCHED],
    [PORT + 1, SILENT, 0],
  ]) {
    await lab.startLoad('hold-server', { address: FAR, port, active: 0 });
    await lab.startLoad('hold', {
      to: FAR,
      port,
      count,
      active,
      seconds: 3600,
      'max-bytes': 500,
      'every-ms': 1,
      'in-turn': 1,
    });
  }
  const socket = join(lab.folder, 'live.sock');
  const daemon = await lab.startDaemonWithin(undefined, `-live=unix:${socket}`);
  await sleep(WARM_UP_MS);
  const kinds = {};
  for (const [kind, filter] of [
    ['silent', `dport ${PORT + 1}`],
    ['sending', `dport ${PORT}`],
  ]) {
    const [off, on] = [[], []];
    for (let pair = 0; pair < pairs; pair++) {
      off.push(await sample(lab, daemon.pid));
      const chosen = await ask(
        socket,
        'GET',
        `/connections?filter=${encodeURIComponent(filter)}&limit=${WATCHED}&fields=key`,
      );
      const watches = [];
      for (const { key } of chosen.connections) {
        watches.push((await ask(socket, 'POST', '/watches', { id: key, intervalMs: 1, forSec: 600 })).watch);
      }
      const measured = await sample(lab, daemon.pid);
      for (const watch of watches) await ask(socket, 'DELETE', `/watches/${watch}`);
      on.push({ connections: watches.length, ...measured });
      console.log(kind, JSON.stringify({ off: off.at(-1), on: on.at(-1) }));
    }
    kinds[kind] = {
      connections: on[0]?.connections,
      threadPercent: medianOf(on, 'thread'),
      addedPercent: Number((medianOf(on, 'cpu') - medianOf(off, 'cpu')).toFixed(2)),
      readsPerSec: medianOf(on, 'readsPerSec'),
      recordsPerSec: medianOf(on, 'recordsPerSec'),
      withinHalfMs: medianOf(on, 'withinHalfMs'),
      latenessRatio: Number((medianOf(on, 'scanLatenessP99Us') / medianOf(off, 'scanLatenessP99Us')).toFixed(3)),
    };
  }
  const ok = Object.values(kinds).every(
    ({ connections, threadPercent, withinHalfMs, latenessRatio }) =>
      connections === WATCHED &&
      threadPercent <= TARGETS.threadPercent &&
      withinHalfMs >= TARGETS.withinHalfMs &&
      latenessRatio <= TARGETS.latenessRatio,
  );
  return { ok, targets: TARGETS, ...kinds };
});
