#!/usr/bin/env node
// Measures time and memory of exporting archives to tables: `npm run bench:export -- [OPTION...]`.
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { fileSource } from '../dist/archive/input/index.js';
import { writeSyntheticArchives } from './synthetic.mjs';

const MAIN = fileURLToPath(new URL('../dist/cmd/tcp-info/main.js', import.meta.url));
const HELP = `usage: npm run bench:export -- [OPTION...]

Makes a folder of synthetic archives with the collector's own writer, and exports
it. Prints megabytes of JSON lines per second (before compression) and peak memory.

  --archives N      number of archives, one per connection (default 2000)
  --records N       records per archive (default 300)
  --days N          number of days on which they begin (default 5)
  --formats LIST    formats out of parquet, csv, jsonl (default all)
  --work FOLDER     working folder (default a folder in TMPDIR, removed at the end)
  --keep            keep the archives in --work, and use existing ones`;

const { values } = parseArgs({
  options: {
    archives: { type: 'string', default: '2000' },
    records: { type: 'string', default: '300' },
    days: { type: 'string', default: '5' },
    formats: { type: 'string', default: 'parquet,csv,jsonl' },
    work: { type: 'string', default: join(tmpdir(), `tcp-info-bench-export-${process.pid}`) },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

/** Returns all archives below a folder. */
function archivesIn(folder) {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.jsonl.zst'));
}

/** Estimates bytes and lines before compression, from every hundredth archive. */
async function measureContent(folder, names) {
  const sample = names.filter((_, i) => i % 100 === 0);
  let bytes = 0;
  let lines = 0;
  for (const name of sample) {
    for await (const chunk of fileSource(join(folder, name)).content) {
      bytes += chunk.length;
      for (const byte of chunk) if (byte === 0x0a) lines++;
    }
  }
  const scale = names.length / sample.length;
  return { contentBytes: bytes * scale, lines: lines * scale };
}

/** Returns a process's peak memory so far in bytes; 0 when it has ended. */
function peakOf(pid) {
  try {
    return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'ESRCH') throw error;
    return 0;
  }
}

async function exportAs(format, input, output) {
  rmSync(output, { recursive: true, force: true });
  const start = performance.now();
  const child = spawn(process.execPath, [MAIN, 'export', `--format=${format}`, '--output', output, input], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  let code;
  child.once('exit', (status, signal) => {
    code = status ?? signal;
  });
  let peak = 0;
  while (code === undefined) {
    peak = Math.max(peak, peakOf(child.pid));
    await sleep(50);
  }
  const seconds = (performance.now() - start) / 1000;
  if (code !== 0) throw new Error(`export --format=${format}: ended with ${code}`);
  return { seconds, peak };
}

const MB = 1e6;

async function main() {
  const { work, keep, formats } = values;
  const input = join(work, 'archives');
  mkdirSync(work, { recursive: true });
  try {
    if (!keep || !statSync(input, { throwIfNoEntry: false })) {
      mkdirSync(input);
      const { archives, records, days } = values;
      const numbers = { archives: Number(archives), records: Number(records), days: Number(days) };
      await writeSyntheticArchives({ output: input, ...numbers, log: (line) => process.stderr.write(`${line}\n`) });
    }
    const names = archivesIn(input);
    const compressed = names.reduce((sum, name) => sum + statSync(join(input, name)).size, 0);
    const { contentBytes, lines } = await measureContent(input, names);
    process.stdout.write(
      `${names.length} archives, ${(compressed / MB).toFixed(0)} MB, ${(contentBytes / MB).toFixed(0)} MB of JSON lines\n`,
    );
    for (const format of formats.split(',')) {
      const output = join(work, `out.${format}`);
      const { seconds, peak } = await exportAs(format, input, output);
      rmSync(output, { recursive: true, force: true });
      const rate = (contentBytes / MB / seconds).toFixed(1);
      const row = ((seconds * 1e6) / lines).toFixed(1);
      process.stdout.write(
        `${format.padEnd(8)} ${seconds.toFixed(1)} s  ${rate} MB/s of JSON lines  ${row} µs a row  ${(peak / MB).toFixed(0)} MB at most\n`,
      );
    }
  } finally {
    if (!keep) rmSync(work, { recursive: true, force: true });
  }
}

if (values.help) process.stdout.write(`${HELP}\n`);
else await main();
// The compressor's idle threads would keep the process alive.
process.exit(0);
