// Measures what looking up the flow of each connection costs the collector: `npm run bench:conntrack-collector -- [PAIRS
// [RATE]]`, as root, on an idle machine; default 5 pairs and 10,000 connections opened a second. Both variants run in a
// namespace that tracks connections: with `-conntrack=on`, and without it, in turns. Archives go to memory: the pace of a
// disk that takes 10,000 new files a second swings by more than what is measured. CPU is that of all threads of the
// process, by the scheduler's own clock, for each connection that the collector saw open. Prints a line for each sample,
// and at the end medians, the ratio of pairs, and the target.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FAR, NEAR, withLab } from './lab.mjs';
import { quantile } from './statistics.mjs';

const [pairs = 5, rate = 10_000] = process.argv.slice(2).map(Number);
if (!Number.isInteger(pairs) || pairs < 1 || !Number.isInteger(rate) || rate < 1) {
  process.stderr.write('usage: conntrack-collector.mjs [PAIRS [RATE]]\n');
  process.exit(2);
}
const [PORT, PORTS] = [20_000, 16];
const WARM_UP_SECONDS = 3;
const MEASURED_SECONDS = 5;
/** Load after the measurement: it must not end before. */
const SPARE_SECONDS = 1;
const MOST = 1.1;
const TRACKING = join(import.meta.dirname, '../test/support/tracking.py');
/** Ended flows leave the table soon: otherwise it is full after half a minute, and the kernel drops packets. */
const TIMEOUTS = ['time_wait', 'close', 'last_ack', 'fin_wait', 'close_wait'];
const TIMEOUT_SECONDS = 10;
/** TIME_WAIT sockets of earlier samples would be listed by each scan of the later ones, and take the ports. */
const MOST_TIME_WAIT = 5000;
const MEMORY = '/dev/shm';
const VARIANTS = [
  { name: 'without', flags: [] },
  { name: 'on', flags: ['-conntrack=on'] },
];

/** Returns the CPU time of all threads of a process, in microseconds. */
function cpuUs(pid) {
  return readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => {
    try {
      return sum + Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]) / 1000;
    } catch {
      return sum; // the thread has ended
    }
  }, 0);
}

/** Returns the number of connections that the collector saw open, however they did. */
const openedIn = (metric) =>
  Object.values(metric.all('tcpinfo_connections_opened_total')).reduce((sum, value) => sum + value, 0);

/** Measures one variant under the load. */
async function sample(lab, { name, flags }) {
  const daemon = await lab.startDaemonWithin(undefined, ...flags);
  const seconds = WARM_UP_SECONDS + MEASURED_SECONDS + SPARE_SECONDS;
  const churn = await lab.startLoad('churn', {
    ...{ to: FAR, port: PORT, ports: PORTS, from: NEAR.join(','), count: rate * seconds, rate },
  });
  await sleep(WARM_UP_SECONDS * 1000);
  const opened = openedIn(lab.scrape());
  const [before, began] = [cpuUs(daemon.pid), performance.now()];
  await sleep(MEASURED_SECONDS * 1000);
  const us = cpuUs(daemon.pid) - before;
  const measuredSeconds = (performance.now() - began) / 1000;
  const metric = lab.scrape();
  if (!churn.runs) throw new Error('the load ended before the measurement');
  const connections = openedIn(metric) - opened;
  const lookups = Object.fromEntries(
    ['found', 'none', 'failed'].map((result) => [
      result,
      metric(`tcpinfo_conntrack_lookups_total{result="${result}"}`) ?? 0,
    ]),
  );
  await churn.totals();
  await daemon.stop();
  // Some 100,000 archives, which rmSync takes minutes for.
  execFileSync('rm', ['-rf', lab.output]);
  const figures = {
    us: Number((us / connections).toFixed(2)),
    perSecond: Math.round(connections / measuredSeconds),
    lost: metric('tcpinfo_destroy_events_lost_total') ?? 0,
    ...(name === 'on' ? { lookups } : {}),
  };
  process.stdout.write(`${name} ${JSON.stringify(figures)}\n`);
  return figures;
}

if (existsSync(MEMORY)) process.env.TMPDIR = MEMORY;
await withLab(async (lab) => {
  lab.limitTimeWait(MOST_TIME_WAIT);
  const prepare = [
    `python3 ${TRACKING} '[{"kind":"track"}]'`,
    ...TIMEOUTS.map((name) => `echo ${TIMEOUT_SECONDS} > /proc/sys/net/netfilter/nf_conntrack_tcp_timeout_${name}`),
  ].join(' && ');
  const prepared = lab.startNear('sh', ['-c', prepare]);
  if ((await prepared.ended) !== 0) throw new Error(`connection tracking cannot be switched on: ${prepared.stderr}`);
  const server = await lab.startLoad('churn-server', { address: FAR, port: PORT, ports: PORTS });
  const samples = { without: [], on: [] };
  for (let pair = 0; pair < pairs; pair++) {
    for (const variant of pair % 2 === 0 ? VARIANTS : VARIANTS.toReversed()) {
      samples[variant.name].push(await sample(lab, variant));
    }
  }
  await server.totals({ stop: true });
  const median = (name) =>
    quantile(
      samples[name].map(({ us }) => us),
      0.5,
    );
  const ratio = quantile(
    samples.on.map(({ us }, pair) => us / samples.without[pair].us),
    0.5,
  );
  return {
    usOfConnection: { without: median('without'), on: median('on') },
    ratio: Number(ratio.toFixed(3)),
    most: MOST,
    ok: ratio <= MOST,
  };
});
