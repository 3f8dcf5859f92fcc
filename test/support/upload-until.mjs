// Runs one upload of everything with the built program's parts, and kills this process at a step:
//
//   node test/support/upload-until.mjs '{"archives":…,"state":…,"endpoint":…,"bucket":…,"killAt":"part","killCount":2}'
//
// Without killAt it runs to its end, and prints its outcome as JSON.
import { openStore } from '../../dist/fleet/objectstore/index.js';
import { dayLayout, Spool, Uploader } from '../../dist/fleet/upload/index.js';
import { createLogger } from '../../dist/log/index.js';
import { createUploadMetrics } from '../../dist/metrics/index.js';

const { archives, state, endpoint, bucket, killAt, killCount = 1, partBytes = 65_536 } = JSON.parse(process.argv[2]);
let seen = 0;
const uploader = new Uploader({
  root: archives,
  spool: await Spool.open(state),
  store: openStore({ scheme: 's3', bucket, key: '' }, { endpoint, env: process.env }),
  prefix: 'archives/',
  format: 'tar.zst',
  layout: dayLayout('node'),
  fullBytes: 2 ** 30,
  fullAgeMs: 0,
  everyMs: 1000,
  sample: 1,
  keepMs: 0,
  once: true,
  partBytes,
  log: createLogger({ write: (line) => process.stderr.write(line) }),
  metrics: createUploadMetrics({ version: '0', errors: { operations: [], classes: [] }, oldestSeconds: () => 0 }),
  signal: new AbortController().signal,
  onStep: (step) => {
    if (step === killAt && ++seen === killCount) process.kill(process.pid, 'SIGKILL');
  },
});
const { bundles, archives: count, left } = await uploader.run();
process.stdout.write(JSON.stringify({ bundles, archives: count, left }));
