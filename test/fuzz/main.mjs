#!/usr/bin/env node
// Feeds every decoder with arbitrary bytes, RUNS times each: `npm run fuzz:ts -- [RUNS [PART]]`, by default a million.
// PART is the beginning of a file name here, such as `http`: the metrics port's server, with a twentieth of RUNS
// connections.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const [runs = '1000000', part = ''] = process.argv.slice(2);
if (!/^[1-9]\d*$/.test(runs) || !/^[a-z]*$/.test(part)) {
  process.stderr.write('usage: main.mjs [RUNS [PART]]\n');
  process.exit(2);
}
const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
const args = [vitest, 'run', '--project', 'unit', '--reporter', 'verbose', `test/fuzz/${part}`];
const env = { ...process.env, TCP_INFO_FUZZ_RUNS: runs };
process.exitCode = spawnSync(process.execPath, args, { env, stdio: 'inherit' }).status ?? 1;
