import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { compressFrame } from '../../zstd/index.js';
import { DAEMON, requireBuilt } from '../support/daemon.js';
import { tempFolder } from '../support/temp.js';
import { until } from '../support/waiting.js';

it('a repair killed half-way leaves the archive unchanged or repaired, and the next one finishes', async () => {
  requireBuilt();
  const folder = tempFolder();
  const path = join(folder, 'a.jsonl.zst');
  const frame = await compressFrame(Buffer.concat([Buffer.alloc(1 << 20, 'x'), Buffer.from('\n')]));
  // Skippable frames of 2 MiB each make it large and quick to read.
  const filler = Buffer.alloc(8 + (2 << 20));
  filler.writeUInt32LE(0x184d2a50, 0);
  filler.writeUInt32LE(2 << 20, 4);
  const whole = Buffer.concat([frame, ...Array<Buffer>(40).fill(filler), frame]);
  const cut = Buffer.concat([whole, frame.subarray(0, 9)]);
  writeFileSync(path, cut);
  const args = [DAEMON, 'repair', '--min-age=0s', folder];

  const child = spawn(process.execPath, args, { stdio: 'ignore' });
  const exited = once(child, 'exit');
  await until('a temporary file', () => readdirSync(folder).length === 2 || child.exitCode !== null);
  child.kill('SIGKILL');
  await exited;
  const now = readFileSync(path);
  expect(now.equals(cut) || now.equals(whole)).toBe(true);

  execFileSync(process.execPath, args, { stdio: 'ignore' });
  expect(readFileSync(path).equals(whole)).toBe(true);
  expect(readdirSync(folder)).toEqual(['a.jsonl.zst']);
});
