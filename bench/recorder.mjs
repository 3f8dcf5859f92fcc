// Measures what the flight recorder costs: `npm run bench:recorder -- [PAIRS]`, as root, on an idle machine; default 3
// pairs. 160 connections that send: 10,000 records a second. The recorder without archives, and the
// recorder beside archives, each beside a collector that writes archives alone and sees the same connections at the same
// time. Then its memory of a minute, in bytes for each record. Prints a line for each sample, and at the end medians,
// ratios and the targets. CPU is that of all threads of the process, by the scheduler's own clock.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { measureBeside } from './beside.mjs';
import { FAR, withLab } from './lab.mjs';
import { quantile } from './statistics.mjs';

const pairs = Number(process.argv[2] ?? 3);
if (!Number.isInteger(pairs) || pairs < 1) {
  process.stderr.write('usage: recorder.mjs [PAIRS]\n');
  process.exit(2);
}
const PORT = 30_000;
const CONNECTIONS = 160;
/** V8 compiles code by and by: a collector that is four seconds old takes a tenth more CPU time than later. */
const WARM_UP_MS = 12_000;
const MEASURED_MS = 15_000;
const WINDOW_SEC = 60;
/** Until the memory has forgotten its first minute for a while. */
const FULL_MS = (WINDOW_SEC + 15) * 1000;
const MOST_BYTES = 45;

const VARIANTS = [
  { name: 'alone', flags: ['-archive.write=false'], most: 1 },
  { name: 'both', flags: [], most: 1.1 },
];

/** Calls back with the flags of a recorder that has a folder of its own. */
async function withRecorder(lab, flags, use) {
  const folder = mkdtempSync(join(lab.folder, 'recorder-'));
  try {
    return await use([`-recorder=${WINDOW_SEC}s`, `-recorder.output=${folder}`, ...flags]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Measures one variant under the load. */
async function sample(lab, variant, offFirst) {
  return await withRecorder(lab, variant.flags, async (flags) => {
    const begin = () => {
      const before = lab.scrape()('tcpinfo_snapshot_total');
      return (seconds) => ({
        recordsPerSec: Math.round((lab.scrape()('tcpinfo_snapshot_total') - before) / seconds),
      });
    };
    const useIt = () => ({ begin, stop: () => undefined });
    return await measureBeside(lab, { flags, offFirst, warmUpMs: WARM_UP_MS, measuredMs: MEASURED_MS, useIt });
  });
}

async function measureVariants(lab) {
  const samples = Object.fromEntries(VARIANTS.map(({ name }) => [name, []]));
  for (let pair = 0; pair < pairs; pair++) {
    for (const variant of pair % 2 === 0 ? VARIANTS : VARIANTS.toReversed()) {
      const figures = await sample(lab, variant, pair % 2 === 0);
      samples[variant.name].push(figures);
      process.stdout.write(`${pair + 1} ${variant.name} ${JSON.stringify(figures)}\n`);
    }
  }
  return VARIANTS.map(({ name, most }) => {
    const median = (key) =>
      quantile(
        samples[name].map((each) => each[key]),
        0.5,
      );
    const ratio = median('ratio');
    return { name, cpu: median('cpu'), ratio, most, recordsPerSec: median('recordsPerSec'), ok: ratio <= most };
  });
}

/** Returns the resident memory of a process, bytes. */
function residentBytes(pid) {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
}

/** Measures a full memory, by the recorder's own count, and what the process grew by meanwhile. */
async function measureMemory(lab) {
  return await withRecorder(lab, ['-archive.write=false'], async (flags) => {
    const daemon = await lab.startDaemonWithin(undefined, ...flags);
    try {
      await sleep(WARM_UP_MS);
      const early = { resident: residentBytes(daemon.pid), bytes: lab.scrape()('tcpinfo_recorder_bytes') };
      await sleep(FULL_MS - WARM_UP_MS);
      const [before, startedMs] = [lab.scrape()('tcpinfo_snapshot_total'), performance.now()];
      const bytes = [];
      for (let i = 0; i < 10; i++) {
        await sleep(1000);
        bytes.push(lab.scrape()('tcpinfo_recorder_bytes'));
      }
      const seconds = (performance.now() - startedMs) / 1000;
      const metric = lab.scrape();
      const perSec = (metric('tcpinfo_snapshot_total') - before) / seconds;
      const held = quantile(bytes, 0.5);
      const bytesPerRecord = Number((held / (perSec * WINDOW_SEC)).toFixed(1));
      return {
        ...{ recordsPerSec: Math.round(perSec), heldBytes: held, bytesPerRecord, most: MOST_BYTES },
        evicted: metric('tcpinfo_recorder_evicted_frames_total'),
        residentGrowth: Number(((residentBytes(daemon.pid) - early.resident) / (held - early.bytes)).toFixed(2)),
        ok: bytesPerRecord <= MOST_BYTES,
      };
    } finally {
      await daemon.stop();
    }
  });
}

await withLab(async (lab) => {
  const server = await lab.startLoad('hold-server', { address: FAR, port: PORT, active: 0 });
  const load = { to: FAR, port: PORT, count: CONNECTIONS, active: CONNECTIONS, seconds: 36_000, 'max-bytes': 500 };
  const held = await lab.startLoad('hold', load);
  const variants = await measureVariants(lab);
  const memory = await measureMemory(lab);
  await held.totals({ stop: true });
  await server.totals({ stop: true });
  return { variants, memory, ok: [...variants, memory].every(({ ok }) => ok) };
});
