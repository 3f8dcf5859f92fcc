// Measures what the stream of rows costs: `npm run bench:stream -- [held|closing [PAIRS]]`, as root, on an idle machine;
// default: both, 3 pairs. `held` has 1,000 connections, 100 of them sending; `closing` opens and closes 1,000 a second.
// The collector with -stream.output is measured beside one without, which sees the same connections at the same time.
// CPU is that of all threads of the process. Prints a line for each sample; at the end medians, ratios and the target,
// and whether every connection that ended is in the stream once.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { decompressFrames } from '../dist/zstd/index.js';
import { lateness, measureBeside } from './beside.mjs';
import { FAR, NEAR, withLab } from './lab.mjs';
import { quantile } from './statistics.mjs';

const [only, pairsText = '3'] = process.argv.slice(2);
const pairs = Number(pairsText);
if (!Number.isInteger(pairs) || pairs < 1 || (only !== undefined && only !== 'held' && only !== 'closing')) {
  process.stderr.write('usage: stream.mjs [held|closing [PAIRS]]\n');
  process.exit(2);
}
/** V8 compiles code by and by: a collector that is four seconds old takes a tenth more CPU time than later. */
const WARM_UP_MS = 12_000;
const MEASURED_MS = 15_000;
const MOST = 1.1;
/** Connections that `closing` opens and closes in a second, and the longest time that a sample takes. */
const RATE = 1000;
const SAMPLE_SECONDS = 60;
const [PORT, PORTS] = [20_000, 16];

const LOADS = {
  held: async (lab) => {
    const server = await lab.startLoad('hold-server', { address: FAR, port: PORT, active: 0 });
    const load = { to: FAR, port: PORT, count: 1000, active: 100, seconds: 36_000, 'max-bytes': 500 };
    return [await lab.startLoad('hold', load), server];
  },
  closing: async (lab) => {
    const server = await lab.startLoad('churn-server', { address: FAR, port: PORT, ports: PORTS, reply: 1 });
    const from = NEAR.join(',');
    const load = {
      to: FAR,
      port: PORT,
      ports: PORTS,
      from,
      count: RATE * SAMPLE_SECONDS * pairs,
      rate: RATE,
      out: '/dev/null',
    };
    return [await lab.startLoad('churn', load), server];
  },
};

/** Returns the lines of a kind in the folder of a stream. */
async function linesOf(folder, kind) {
  const pieces = [];
  for (const name of readdirSync(join(folder, kind))) {
    for await (const piece of decompressFrames(Readable.from([readFileSync(join(folder, kind, name))]))) {
      pieces.push(Buffer.from(piece));
    }
  }
  return Buffer.concat(pieces).toString().split('\n').filter(Boolean);
}

function sumOf(samples) {
  return Object.values(samples).reduce((sum, each) => sum + each, 0);
}

/** Returns the size of all segments. */
function bytesIn(folder) {
  const files = readdirSync(folder, { recursive: true }).filter((name) => name.includes('.jsonl.zst'));
  return files.reduce((sum, name) => sum + readFileSync(join(folder, name)).length, 0);
}

async function sample(lab, offFirst) {
  const parent = mkdtempSync(join(lab.folder, 'stream-'));
  const folder = join(parent, 'rows');
  const useIt = async () => ({
    begin: () => {
      const before = lab.scrape();
      return (seconds) => {
        const after = lab.scrape();
        const grown = (name) => Math.round((after(name) - before(name)) / seconds);
        return {
          recordsPerSec: grown('tcpinfo_snapshot_total'),
          rowsPerSec: grown('tcpinfo_stream_rows_total{kind="c"}'),
          snapshotsPerSec: grown('tcpinfo_stream_rows_total{kind="s"}'),
          waitingBytes: after('tcpinfo_stream_waiting_bytes'),
          ...lateness(lab),
          lateBeside: lateness(lab, { beside: true }).late,
          lostRecords: sumOf(after.all('tcpinfo_archive_lost_records_total')),
        };
      };
    },
    stop: () => undefined,
  });
  try {
    const flags = [`-stream.output=${folder}`];
    const options = { flags, offFirst, warmUpMs: WARM_UP_MS, measuredMs: MEASURED_MS, useIt };
    const figures = await measureBeside(lab, options);
    const ended = (await linesOf(folder, 'c')).map((line) => JSON.parse(line).uuid);
    const lost = await linesOf(folder, 'l');
    const twice = ended.length - new Set(ended).size;
    return { ...figures, rows: ended.length, twice, losses: lost.length, streamBytes: bytesIn(folder) };
  } finally {
    rmSync(parent, { recursive: true, force: true });
  }
}

await withLab(async (lab) => {
  const results = [];
  for (const name of only === undefined ? ['held', 'closing'] : [only]) {
    const programs = await LOADS[name](lab);
    await sleep(2000);
    const samples = [];
    for (let pair = 0; pair < pairs; pair++) {
      const figures = await sample(lab, pair % 2 === 0);
      samples.push(figures);
      process.stdout.write(`${pair + 1} ${name} ${JSON.stringify(figures)}\n`);
    }
    for (const program of programs) await program.totals({ stop: true });
    const median = (key) =>
      quantile(
        samples.map((each) => each[key]),
        0.5,
      );
    const isWhole = samples.every(
      ({ rows, twice, losses, lost, lostRecords }) =>
        twice + losses + lost + lostRecords === 0 && rows > 0 === (name === 'closing'),
    );
    const [ratio, cpu, off, late, lateBeside] = ['ratio', 'cpu', 'off', 'late', 'lateBeside'].map(median);
    results.push({ name, cpu, off, ratio, most: MOST, late, lateBeside, isWhole, ok: ratio <= MOST && isWhole });
  }
  return { results, ok: results.every(({ ok }) => ok) };
});
