// Checks that memory and descriptors do not grow: `npm run bench:soak -- [MINUTES [LOG]]`, as root; default 60 minutes.
// There are 200 short connections per second, and 500 long ones with random traffic. Every 10 seconds a line of JSON is
// written to LOG (soak.jsonl): memory, open archives, recorded connections. In the end resident memory must not be more
// than 10 % above its value at minute 10 (or after a sixth of the time, if shorter), and open descriptors must match
// the open files.
import { appendFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { FAR, holdings, NEAR, withLab } from './lab.mjs';

const minutes = Number(process.argv[2] ?? 60);
const log = process.argv[3] ?? 'soak.jsonl';
const LONG_LIVED = 500;
const PER_SECOND = 200;
const EVERY_MS = 10_000;
/** Number of samples per mean. Means are compared because memory fluctuates with data that waits to be written. */
const SAMPLES_OF_A_MEAN = 6;
const [HOLD_PORT, CHURN_PORT, CHURN_PORTS] = [30_000, 20_000, 4];

const mean = (samples) => samples.reduce((sum, { rssMib }) => sum + rssMib, 0) / samples.length;

function sample(lab, daemon, began) {
  const metric = lab.scrape();
  return {
    minute: Number(((performance.now() - began) / 60_000).toFixed(2)),
    ...holdings(daemon.pid),
    connections: metric('tcpinfo_connections'),
    files: metric('tcpinfo_archive_open_files'),
    lost: metric('tcpinfo_destroy_events_lost_total'),
    records: metric('tcpinfo_snapshot_total'),
  };
}

/** Returns whether open archives match the collector's count. Short connections' files change between the two reads. */
function filesAgree({ openArchives, files }) {
  return Math.abs(openArchives - files) <= PER_SECOND / 10;
}

await withLab(async (lab) => {
  const daemon = await lab.startDaemon();
  await lab.startLoad('hold-server', { address: FAR, port: HOLD_PORT, active: 5 });
  await lab.startLoad('churn-server', { address: FAR, port: CHURN_PORT, ports: CHURN_PORTS, reply: 1 });
  const seconds = minutes * 60 + 60;
  await lab.startLoad('hold', { to: FAR, port: HOLD_PORT, count: LONG_LIVED, seconds, active: 5 });
  const churn = await lab.startLoad('churn', {
    ...{ to: FAR, port: CHURN_PORT, ports: CHURN_PORTS, from: NEAR.join(',') },
    ...{ count: seconds * PER_SECOND, rate: PER_SECOND },
  });
  writeFileSync(log, '');
  const samples = [];
  const began = performance.now();
  for (let due = EVERY_MS; due <= minutes * 60_000; due += EVERY_MS) {
    await sleep(began + due - performance.now());
    if (!daemon.runs || !churn.runs) throw new Error(`ended early: ${daemon.stderr}${churn.stderr}`);
    samples.push(sample(lab, daemon, began));
    appendFileSync(log, `${JSON.stringify(samples.at(-1))}\n`);
  }
  const from = samples.findIndex(({ minute }) => minute >= Math.min(10, minutes / 6));
  const early = mean(samples.slice(from, from + SAMPLES_OF_A_MEAN));
  const late = mean(samples.slice(-SAMPLES_OF_A_MEAN));
  // After the end of the short connections only the long ones and their files are left.
  const totals = await churn.totals({ stop: true });
  while (lab.scrape()('tcpinfo_connections') > LONG_LIVED) await sleep(200);
  await sleep(1000);
  const last = sample(lab, daemon, began);
  const growth = late / early - 1;
  // A long connection without a new record since the rotation of its file has no open file.
  const descriptors = samples.every(filesAgree) && last.openArchives === last.files && last.files <= last.connections;
  const ok = growth <= 0.1 && descriptors && last.connections === LONG_LIVED;
  return { totals, earlyMib: early, lateMib: late, growth, descriptors, last, log, ok };
});
