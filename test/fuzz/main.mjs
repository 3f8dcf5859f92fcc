#!/usr/bin/env node
// Feeds every decoder with any bytes, RUNS times each: `npm run fuzz:ts -- [RUNS]`, a million if not given.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const [runs = '1000000'] = process.argv.slice(2);
if (!/^[1-9]\d*$/.test(runs)) {
  process.stderr.write('usage: main.mjs [RUNS]\n');
  process.exit(2);
}
const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
const args = [vitest, 'run', '--project', 'unit', '--reporter', 'verbose', 'test/fuzz'];
const env = { ...process.env, TCP_INFO_FUZZ_RUNS: runs };
process.exitCode = spawnSync(process.execPath, args, { env, stdio: 'inherit' }).status ?? 1;
