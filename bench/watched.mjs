// Measures what watching 64 services costs the collector at 10,000 connections, all of them of these services. Called by
// `node bench/services.mjs watched[=PAIRS]`; default 4 pairs. A collector with `-services` and one without stand in one
// namespace and see the same connections at the same time, in turns as the first and as the second. CPU is that of all
// threads of the process, by the scheduler's own clock.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuMs } from './cpu-time.mjs';
import { FAR, NEAR, withLab } from './lab.mjs';
import { quantile } from './statistics.mjs';

const [PORT, SERVICES, CONNECTIONS, ACTIVE] = [30_000, 64, 10_000, 100];
/** Both collectors and the load share the processors: with the usual beat their scans would be stretched. */
const INTERVAL = '50ms';
const WARM_UP_MS = 12_000;
const MEASURED_MS = 12_000;
const MOST = 1.05;
const METRICS = ['service_connections', 'service_accepted_total', 'service_received_bytes_total'];

/** Returns sums over all services. */
function sums(lab) {
  const metric = lab.scrape();
  const sum = (name) => Object.values(metric.all(`tcpinfo_${name}{`)).reduce((total, value) => total + value, 0);
  return Object.fromEntries(METRICS.map((name) => [name, sum(name)]));
}

async function sample(lab, file, plainFirst) {
  const start = (plain) =>
    plain
      ? lab.startDaemonBeside(`-scan.interval=${INTERVAL}`)
      : lab.startDaemonWithin(undefined, `-services=${file}`, `-scan.interval=${INTERVAL}`);
  const first = await start(plainFirst);
  const second = await start(!plainFirst);
  const [watching, plain] = plainFirst ? [second, first] : [first, second];
  try {
    await sleep(WARM_UP_MS);
    const before = [cpuMs(watching.pid), cpuMs(plain.pid)];
    const began = performance.now();
    await sleep(MEASURED_MS);
    const wallMs = performance.now() - began;
    const percent = (pid, from) => (100 * (cpuMs(pid) - from)) / wallMs;
    const [cpu, off] = [percent(watching.pid, before[0]), percent(plain.pid, before[1])];
    const counted = sums(lab);
    if (counted.service_connections !== CONNECTIONS) throw new Error(`watched: ${JSON.stringify(counted)}`);
    return {
      cpu: Number(cpu.toFixed(2)),
      off: Number(off.toFixed(2)),
      ratio: Number((cpu / off).toFixed(3)),
      ...counted,
    };
  } finally {
    await Promise.all([watching.stop(), plain.stop()]);
  }
}

/** Measures pairs, and prints a line for each and the result. @param {number} pairs */
export async function measureWatched(pairs) {
  await withLab(async (lab) => {
    const file = join(lab.folder, 'services.yaml');
    const service = (i) => `s${i}:\n  listen_port: ${PORT + i}\n  conn_limit: ${CONNECTIONS}\n  max_idle: 1h\n`;
    writeFileSync(file, Array.from({ length: SERVICES }, (_, i) => service(i)).join(''));
    const ends = { port: PORT, ports: SERVICES, 'max-bytes': 500 };
    const options = (all) => Object.entries(all).map(([name, value]) => `--${name}=${value}`);
    const server = lab.startNear(lab.load, ['hold-server', ...options({ address: NEAR[0], active: 0, ...ends })]);
    await server.says('ready\n');
    const load = { to: NEAR[0], from: FAR, count: CONNECTIONS, active: ACTIVE, seconds: 3600, ...ends };
    const held = await lab.startFar(lab.load, ['hold', ...options(load)]).says('ready\n');
    const samples = [];
    for (let pair = 0; pair < pairs; pair++) {
      samples.push(await sample(lab, file, pair % 2 === 0));
      process.stdout.write(`${JSON.stringify(samples.at(-1))}\n`);
    }
    await held.totals({ stop: true });
    await server.totals({ stop: true });
    const ratios = samples.map(({ ratio }) => ratio);
    const ratio = Number(quantile(ratios, 0.5).toFixed(3));
    return { ratio, least: Math.min(...ratios), greatest: Math.max(...ratios), most: MOST, ok: ratio <= MOST };
  });
}
