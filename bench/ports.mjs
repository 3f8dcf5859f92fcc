// Checks that hostile clients of the metrics port do not block local requests: `npm run bench:ports -- [SOCKETS
// [SECONDS [KIND...]]]`, as root; default 10,000 sockets of another machine, and 20 seconds of each kind. Meanwhile
// this machine requests /healthz ten times a second. Prints a table: response times, skipped beats, memory.
//
// There are two rows per kind. In the first, `on: "bystander"`, the clients attack another server, while an idle
// collector runs aside: the beats that it skips are due to the machine's size. In the second, `on: "collector"`, the
// clients attack the metrics port. Fails when an answer of the collector is missing or took 100 ms more than the
// slowest answer without an attack, or when the collector skips more beats than the idle one.
import { join } from 'node:path';
import { METRICS, NEAR, withLab } from './lab.mjs';

const sockets = Number(process.argv[2] ?? 10_000);
const seconds = Number(process.argv[3] ?? 20);
const LIMIT_MS = 100;
/** Share of beats that may be skipped on an otherwise idle machine. */
const CALM_BEATS = 0.005;
const BEATS_PER_SECOND = 100;
const MIB = 2 ** 20;
const KINDS = ['idle', 'slow', 'unread', 'pipeline', 'flood'];
const kinds = process.argv.length > 4 ? process.argv.slice(4) : KINDS;
const BYSTANDER_PORT = '9991';
const program = (name) => join(import.meta.dirname, name);

/** Returns the skipped beats so far, by reason. */
const skipped = (metric) => metric.all('tcpinfo_scan_beats_skipped_total');

async function startCrowd(lab, kind, port) {
  const lifted = ['-c', 'ulimit -n $(ulimit -Hn) && exec "$@"', 'sh', process.execPath, program('hostile.mjs')];
  return await lab.startFar('sh', [...lifted, kind, String(sockets), NEAR[0], port]).says('ready\n');
}

/** Measures a collector while /healthz is requested, with or without an attack on a port. */
async function measure(lab, kind, on) {
  const aside = on === 'bystander';
  const scrape = () => lab.scrape({ aside });
  const before = scrape();
  const began = performance.now();
  const crowd =
    kind === 'calm' ? undefined : await startCrowd(lab, kind, aside ? BYSTANDER_PORT : METRICS.split(':')[1]);
  const args = [program('probe.mjs'), `http://${METRICS}/healthz`, String(seconds)];
  const probe = aside ? lab.startAside(process.execPath, args) : lab.startNear(process.execPath, args);
  await probe.ended;
  const after = scrape();
  const ranSeconds = (performance.now() - began) / 1000;
  const grown = (name) => after(name) - before(name);
  await crowd?.stop();
  const beats = Object.entries(skipped(after)).map(([name, value]) => [
    /"(.*)"/.exec(name)?.[1],
    value - (before(name) ?? 0),
  ]);
  return {
    ...{ kind, on },
    ...JSON.parse(probe.stdout),
    connections: after('tcpinfo_http_connections{side="remote"}'),
    scansPerSecond: Number((grown('tcpinfo_scans_total{result="complete"}') / ranSeconds).toFixed(1)),
    cpuPercent: Math.round((grown('process_cpu_seconds_total') / ranSeconds) * 100),
    skipped: Object.fromEntries(beats.filter(([, value]) => value > 0)),
    rssMib: Math.round(after('process_resident_memory_bytes') / MIB),
  };
}

const sum = (figures) => Object.values(figures).reduce((total, figure) => total + figure, 0);

await withLab(async (lab) => {
  const rows = [];
  const row = async (kind, on) => {
    rows.push(await measure(lab, kind, on));
    process.stdout.write(`${JSON.stringify(rows.at(-1))}\n`);
    return rows.at(-1);
  };
  const collector = await lab.startDaemon('-prom=:9990');
  const calm = await row('calm', 'collector');
  const pageBytes = String(lab.scrape().bytes);
  await collector.stop();
  const faults = [];
  for (const kind of kinds) {
    const others = [
      await lab
        .startNear(process.execPath, [program('bystander.mjs'), '0.0.0.0', BYSTANDER_PORT, pageBytes])
        .says('ready\n'),
      await lab.startDaemonAside(),
    ];
    const control = await row(kind, 'bystander');
    for (const other of others) await other.stop();
    const attacked = await lab.startDaemon('-prom=:9990');
    const { failed, mostMs, skipped: beats } = await row(kind, 'collector');
    await attacked.stop();
    if (failed > 0) faults.push(`${kind}: ${failed} answers missing`);
    if (mostMs > calm.mostMs + LIMIT_MS) faults.push(`${kind}: the slowest answer took ${mostMs} ms`);
    const most = sum(control.skipped) + CALM_BEATS * BEATS_PER_SECOND * seconds;
    if (sum(beats) > most)
      faults.push(`${kind}: ${sum(beats)} beats skipped, ${sum(control.skipped)} by the one aside`);
  }
  for (const fault of faults) process.stderr.write(`${fault}\n`);
  return { ok: faults.length === 0 };
});
