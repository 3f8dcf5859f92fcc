#!/usr/bin/env node
// Kills the collector under load at random moments, and compares every record that it leaves with the load generator's
// counts: `npm run bench:kill -- [KILLS]`, as root; default 100. Runs test/integration/kill.test.ts for longer.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const [kills = '100'] = process.argv.slice(2);
if (!/^[1-9]\d*$/.test(kills)) {
  process.stderr.write('usage: kill.mjs [KILLS]\n');
  process.exit(2);
}
const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
const args = [vitest, 'run', '--project', 'integration', '--reporter', 'verbose', 'test/integration/kill.test.ts'];
const env = { ...process.env, TCP_INFO_KILLS: kills };
process.exitCode = spawnSync(process.execPath, args, { env, stdio: 'inherit' }).status ?? 1;
