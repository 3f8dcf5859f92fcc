#!/usr/bin/env node
// @ts-check
// Measures `tcp-info upload` against OpenStack Swift on the same machine: node bench/upload.mjs
import { execFileSync, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openStore } from '../dist/fleet/objectstore/index.js';

const MAIN = fileURLToPath(new URL('../dist/cmd/tcp-info/main.js', import.meta.url));
const SERVER = fileURLToPath(new URL('../test/support/swift-server.py', import.meta.url));
/** Number and size of the archives of each run: none, short connections, long ones. */
const RUNS = [
  { name: 'nothing to send', count: 0, bytes: 0 },
  { name: '10,000 of 590 bytes', count: 10_000, bytes: 590 },
  { name: '1,000 of 250 kB', count: 1000, bytes: 250_000 },
];

const work = mkdtempSync(join(tmpdir(), 'tcp-info-bench-upload-'));
const server = spawn('/usr/bin/python3', [SERVER, join(work, 'swift')], { stdio: ['pipe', 'pipe', 'inherit'] });
try {
  const [port] = await once(server.stdout.setEncoding('utf8'), 'data');
  const endpoint = `http://127.0.0.1:${Number(port)}`;
  const env = { PATH: process.env['PATH'], AWS_ACCESS_KEY_ID: 'test:tester', AWS_SECRET_ACCESS_KEY: 'testing' };
  const store = openStore({ scheme: 's3', bucket: 'bench', key: '' }, { endpoint, env });
  await store.put('', { blob: new Blob([]), md5: createHash('md5').digest('hex') });
  for (const { name, count, bytes } of RUNS) {
    const folder = join(work, String(count));
    const day = join(folder, '2026', '11', '28');
    mkdirSync(day, { recursive: true });
    for (let i = 0; i < count; i++) {
      const cookie = i.toString(16).toUpperCase().padStart(16, '0');
      // Archives are compressed: random bytes are as hard to compress.
      writeFileSync(join(day, `host_1700000000_${cookie}.00000.jsonl.zst`), randomBytes(bytes));
    }
    execFileSync('sync');
    const args = [
      MAIN,
      'upload',
      `--archives=${folder}`,
      `--state=${join(work, `state-${count}`)}`,
      '--to=s3://bench/p',
    ];
    const start = performance.now();
    const time = ['-f', '%U %S %M', '-o', join(work, 'time'), process.execPath];
    execFileSync('/usr/bin/time', [...time, ...args, `--endpoint=${endpoint}`, '--once'], { env, stdio: 'ignore' });
    const seconds = (performance.now() - start) / 1000;
    const [user, system, kilobytes] = execFileSync('cat', [join(work, 'time')], { encoding: 'utf8' })
      .trim()
      .split(' ');
    const cpu = Number(user) + Number(system);
    const figures = [
      `${seconds.toFixed(2)} s`,
      `${cpu.toFixed(2)} s CPU`,
      `${Math.round(Number(kilobytes) / 1024)} MiB`,
    ];
    console.log(`${name}: ${figures.join(', ')}`);
  }
} finally {
  server.kill('SIGKILL');
  rmSync(work, { recursive: true, force: true });
}
