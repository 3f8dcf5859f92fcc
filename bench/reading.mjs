#!/usr/bin/env node
// @ts-check
// Measures how fast the tools read archives, many small ones and a long one: `npm run bench:reading -- [OPTION...]`.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeSyntheticArchives } from './synthetic.mjs';

const HELP = `usage: npm run bench:reading -- [OPTION...]

Makes a folder of many synthetic archives and a folder of one long archive with the
collector's own writer, and reads both with each command; the output is discarded.
Prints megabytes of lines (before compression) per second, CPU seconds and peak
memory, beside \`zstd -dc | wc -c\`.

  --archives N      number of small archives, one per connection (default 20000)
  --records N       records of each (default 100)
  --long MB         megabytes of lines in the long archive; 0 leaves it out (default 1000)
  --rounds N        runs of each command; medians count (default 1)
  --commands LIST   commands out of COMMANDS (default all)
  --inputs LIST     small,long (default both)
  --peer DIR        another checkout, as built, that runs each command in turn with this one
  --check           compare the outputs of both checkouts, too (takes --peer)
  --work FOLDER     working folder (default a folder in TMPDIR, removed at the end)
  --keep            keep the archives in --work, and use existing ones`;

const QUERY_SNAPSHOTS =
  'SELECT idiag_dport, count(*), avg(tcpi_rtt), max(tcpi_bytes_acked) FROM snapshots GROUP BY idiag_dport ORDER BY idiag_dport';
const QUERY_CONNECTIONS =
  'SELECT limited_by, how_ended, count(*), sum(bytes_acked) FROM connections GROUP BY limited_by, how_ended ORDER BY limited_by, how_ended';

/** Arguments of each command, after the checkout's `dist/cmd`. @type {Record<string, (input: string, output: string) => string[]>} */
const COMMANDS = {
  summary: (input) => ['tcp-info', 'summary', '--format=json', input],
  jsonl: (input) => ['tcp-info', 'export', '--format=jsonl', input],
  csv: (input) => ['tcp-info', 'export', '--format=csv', input],
  parquet: (input, output) => ['tcp-info', 'export', '--format=parquet', '--output', output, input],
  csvtool: (input) => ['csvtool', input],
  'query-snapshots': (input) => ['tcp-info', 'query', QUERY_SNAPSHOTS, input],
  'query-connections': (input) => ['tcp-info', 'query', QUERY_CONNECTIONS, input],
};

const { values } = parseArgs({
  options: {
    archives: { type: 'string', default: '20000' },
    records: { type: 'string', default: '100' },
    long: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '1' },
    commands: { type: 'string', default: Object.keys(COMMANDS).join(',') },
    inputs: { type: 'string', default: 'small,long' },
    peer: { type: 'string' },
    check: { type: 'boolean', default: false },
    work: { type: 'string', default: join(tmpdir(), `tcp-info-bench-reading-${process.pid}`) },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const MB = 1e6;
/** Approximate bytes of a synthetic line. */
const LINE_BYTES = 775;

/** @typedef {{ seconds: number, cpuSeconds: number, peakBytes: number, hash: string }} Run */

/** Returns the largest memory so far of the first child of a process, in bytes; 0 without one. @param {number} pid */
function peakOfChild(pid) {
  try {
    const child = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ')[0];
    return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${child}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0; // it has ended
  }
}

/** Runs a command by bash, which measures the time of the command and its children. @returns {Promise<Run>} */
async function run(/** @type {string} */ script, /** @type {readonly string[]} */ args) {
  const timed = `TIMEFORMAT='%R %U %S'; time { ${script}; }`;
  const child = spawn('bash', ['-c', timed, 'bash', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const hash = createHash('sha256');
  let stderr = '';
  let peakBytes = 0;
  /** @type {number | string | undefined} */
  let code;
  child.stdout.on('data', (piece) => hash.update(piece));
  child.stderr.on('data', (piece) => {
    stderr += piece;
  });
  const closed = new Promise((resolve) => child.once('close', (status, signal) => resolve(status ?? signal ?? '')));
  closed.then((status) => {
    code = status;
  });
  while (code === undefined) {
    peakBytes = Math.max(peakBytes, peakOfChild(Number(child.pid)));
    await Promise.race([sleep(20), closed]);
  }
  const [seconds = 0, user = 0, system = 0] = (stderr.trim().split('\n').at(-1) ?? '').split(' ').map(Number);
  if (code !== 0) throw new Error(`${script} ${args.join(' ')}: ended with ${String(code)}: ${stderr}`);
  return { seconds, cpuSeconds: user + system, peakBytes, hash: hash.digest('hex') };
}

/** Runs a command of a checkout. */
async function runCommand(
  /** @type {string} */ checkout,
  /** @type {string} */ name,
  /** @type {string} */ input,
  /** @type {string} */ output,
) {
  const [program = '', ...args] = COMMANDS[name]?.(input, output) ?? [];
  const main = join(checkout, 'dist/cmd', program, 'main.js');
  const discard = values.check ? '' : ' > /dev/null';
  const done = await run(`"$@"${discard}`, [process.execPath, main, ...args]);
  if (!existsSync(output)) return done;
  const hash = values.check ? hashFolder(output) : done.hash;
  rmSync(output, { recursive: true });
  return { ...done, hash };
}

/** Returns a hash of the contents of a folder's files, whose names may differ. @param {string} folder */
function hashFolder(folder) {
  const hashes = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) =>
      createHash('sha256')
        .update(readFileSync(join(parentPath, name)))
        .digest('hex'),
    );
  return createHash('sha256').update(hashes.sort().join()).digest('hex');
}

/** Returns the median of a number of runs. */
function median(/** @type {readonly Run[]} */ runs, /** @type {(run: Run) => number} */ read) {
  const sorted = runs.map(read).sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

/** Prints one row of the table. */
function printRow(
  /** @type {string} */ name,
  /** @type {readonly Run[]} */ runs,
  /** @type {number} */ bytes,
  /** @type {readonly Run[]} */ peers = [],
) {
  const seconds = median(runs, (each) => each.seconds);
  const row = [
    name.padEnd(18),
    `${(bytes / MB / seconds).toFixed(0).padStart(6)} MB/s`,
    `${seconds.toFixed(2).padStart(7)} s`,
    `${median(runs, (each) => each.cpuSeconds)
      .toFixed(2)
      .padStart(7)} s CPU`,
    `${(median(runs, (each) => each.peakBytes) / MB).toFixed(0).padStart(5)} MB`,
  ];
  if (peers.length > 0) {
    const peerSeconds = median(peers, (each) => each.seconds);
    row.push(
      `peer ${(bytes / MB / peerSeconds).toFixed(0).padStart(5)} MB/s`,
      `${median(peers, (each) => each.cpuSeconds)
        .toFixed(2)
        .padStart(7)} s CPU`,
      `${(median(peers, (each) => each.peakBytes) / MB).toFixed(0).padStart(5)} MB`,
      `ratio ${(peerSeconds / seconds).toFixed(2)}`,
    );
  }
  process.stdout.write(`${row.join('  ')}\n`);
}

/** Measures all commands on one input. */
async function measure(/** @type {string} */ input, /** @type {string} */ output) {
  const rounds = Number(values.rounds);
  const own = fileURLToPath(new URL('..', import.meta.url));
  const checkouts = [own, ...(values.peer === undefined ? [] : [resolve(values.peer)])];
  const floor = `find "$1" -name '*.zst' -print0 | xargs -0 zstd -dc | wc -c`;
  const bytes = await contentBytes(input);
  process.stdout.write(`\n${input}: ${(bytes / MB).toFixed(0)} MB of lines\n`);
  /** @type {Run[]} */
  const floors = [];
  for (let round = 0; round < rounds; round++) floors.push(await run(floor, [input]));
  printRow('zstd -dc | wc -c', floors, bytes);
  for (const name of values.commands.split(',')) {
    if (COMMANDS[name] === undefined) throw new Error(`--commands: no ${name}`);
    /** @type {Run[][]} */
    const runs = checkouts.map(() => []);
    for (let round = 0; round < rounds; round++) {
      for (const [i, checkout] of checkouts.entries()) runs[i]?.push(await runCommand(checkout, name, input, output));
    }
    const [ours = [], peers] = runs;
    printRow(name, ours, bytes, peers);
    if (values.check && ours[0]?.hash !== peers?.[0]?.hash) process.stdout.write(`${name}: the outputs differ\n`);
  }
}

/** Returns the bytes of all lines in a folder of archives. @param {string} input */
async function contentBytes(input) {
  const child = spawn('bash', ['-c', `find "$1" -name '*.zst' -print0 | xargs -0 zstd -dc | wc -c`, 'bash', input], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  for await (const piece of child.stdout) text += piece;
  return Number(text);
}

async function main() {
  if (values.help) {
    process.stdout.write(`${HELP.replace('COMMANDS', Object.keys(COMMANDS).join(', '))}\n`);
    return;
  }
  const inputs = values.inputs.split(',').filter((name) => name !== 'long' || Number(values.long) > 0);
  const sizes = /** @type {Record<string, { archives: number, records: number }>} */ ({
    small: { archives: Number(values.archives), records: Number(values.records) },
    long: { archives: 1, records: Math.round((Number(values.long) * MB) / LINE_BYTES) },
  });
  try {
    mkdirSync(values.work, { recursive: true });
    for (const name of inputs) {
      const [size, output] = [sizes[name], join(values.work, name)];
      if (size === undefined) throw new Error(`--inputs: no ${name}`);
      if (!existsSync(output)) await writeSyntheticArchives({ output, ...size, days: 2 });
    }
    process.stdout.write(`${availableParallelism()} processors, Node ${process.version}\n`);
    for (const name of inputs) await measure(join(values.work, name), join(values.work, 'output'));
  } finally {
    if (!values.keep) rmSync(values.work, { recursive: true, force: true });
  }
}

await main();
// The compressor's idle threads would keep the process alive.
process.exit(0);
