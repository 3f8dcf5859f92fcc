#!/usr/bin/env node
// @ts-check
// Measures the commands that find the slowest connection in a folder of archives: `npm run bench:find`.
import { spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeSyntheticArchives } from './synthetic.mjs';

const MAIN = fileURLToPath(new URL('../dist/cmd/tcp-info/main.js', import.meta.url));
const HELP = `usage: npm run bench:find -- [OPTION...]

Makes a folder of synthetic archives with the collector's own writer, runs the
commands that find a connection in it, and prints the duration of each.

  --archives N      number of archives, one per connection (default 20000)
  --records N       records per archive (default 30)
  --rounds N        runs of each command; the fastest counts (default 3)
  --work FOLDER     working folder (default a folder in TMPDIR, removed at the end)
  --keep            keep the archives in --work, and use existing ones`;

const { values } = parseArgs({
  options: {
    archives: { type: 'string', default: '20000' },
    records: { type: 'string', default: '30' },
    rounds: { type: 'string', default: '3' },
    work: { type: 'string', default: join(tmpdir(), `tcp-info-bench-find-${process.pid}`) },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

/** Runs `tcp-info` and measures it. Exit code 2, a table to choose from, is a result, too. */
async function run(/** @type {readonly string[]} */ args) {
  const start = performance.now();
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [stdout, code] = await Promise.all([
    text(child.stdout),
    new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    }),
  ]);
  if (code !== 0 && code !== 2) throw new Error(`tcp-info ${args.join(' ')}: exit code ${String(code)}`);
  return { stdout, wallSeconds: (performance.now() - start) / 1000 };
}

/** Returns the output of the fastest of some runs, and prints its duration. */
async function measure(/** @type {readonly string[]} */ args) {
  const runs = [];
  for (let round = 0; round < Number(values.rounds); round++) runs.push(await run(args));
  const [best] = runs.sort((a, b) => a.wallSeconds - b.wallSeconds);
  if (best === undefined) throw new Error('--rounds: expected 1 or more');
  console.log(`${best.wallSeconds.toFixed(2).padStart(7)} s  tcp-info ${args.join(' ')}`);
  return best.stdout;
}

async function main() {
  if (values.help) {
    console.log(HELP);
    return;
  }
  const output = values.work;
  try {
    if (!existsSync(output)) {
      const [archives, records] = [Number(values.archives), Number(values.records)];
      await writeSyntheticArchives({ output, archives, records, days: 2, log: console.error });
    }
    const summary = await measure(['summary', output]);
    const [, command] =
      /^(?:The slowest one|None was slow by itself; one) over time: tcp-info (.*)$/m.exec(summary) ?? [];
    if (command === undefined) throw new Error('the summary names no connection');
    await measure(command.split(' '));
    await measure(['show', ':5432', output]);
    await measure(['show', '--last', output]);
    await measure(['summary', '--port=5432', '--since=2025-11-21', output]);
    await measure(['summary', "--where=limited_by = 'loss'", output]);
  } finally {
    if (!values.keep) rmSync(output, { recursive: true, force: true });
  }
}

await main();
