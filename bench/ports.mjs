// Whether hostile clients of the metrics port keep its owner out: `npm run bench:ports -- [SOCKETS [SECONDS
// [KIND...]]]`, as root; 10,000 sockets of another machine and 20 seconds of each kind if not given. Meanwhile /healthz is asked from this machine,
// ten times a second. Prints a table: how long the answers took, beats that were skipped, memory. The first row is a calm
// machine, with which the others are to be compared: fails when an answer is missing, or the slowest of a kind took 100 ms
// more than the slowest of the calm machine.
import { join } from 'node:path';
import { METRICS, NEAR, withLab } from './lab.mjs';

const sockets = Number(process.argv[2] ?? 10_000);
const seconds = Number(process.argv[3] ?? 20);
const LIMIT_MS = 100;
const MIB = 2 ** 20;
const KINDS = ['idle', 'slow', 'unread', 'pipeline', 'flood'];
const kinds = process.argv.length > 4 ? process.argv.slice(4) : KINDS;
const program = (name) => join(import.meta.dirname, name);

/** Beats skipped so far, by reason. */
const skipped = (metric) => metric.all('tcpinfo_scan_beats_skipped_total');

async function measure(lab, kind) {
  const before = lab.scrape();
  const began = performance.now();
  const crowd =
    kind === 'calm'
      ? undefined
      : await lab.startFar('sh', [
          ...['-c', 'ulimit -n $(ulimit -Hn) && exec "$@"', 'sh', process.execPath, program('hostile.mjs')],
          ...[kind, String(sockets), NEAR[0], METRICS.split(':')[1]],
        ]);
  await crowd?.says('ready\n');
  const probe = lab.startNear(process.execPath, [program('probe.mjs'), `http://${METRICS}/healthz`, String(seconds)]);
  await probe.ended;
  const after = lab.scrape();
  const ranSeconds = (performance.now() - began) / 1000;
  const grown = (name) => after(name) - before(name);
  await crowd?.stop();
  const beats = Object.entries(skipped(after)).map(([name, value]) => [
    /"(.*)"/.exec(name)?.[1],
    value - (before(name) ?? 0),
  ]);
  return {
    kind,
    ...JSON.parse(probe.stdout),
    connections: after('tcpinfo_http_connections{side="remote"}'),
    scansPerSecond: Number((grown('tcpinfo_scans_total{result="complete"}') / ranSeconds).toFixed(1)),
    cpuPercent: Math.round((grown('process_cpu_seconds_total') / ranSeconds) * 100),
    skipped: Object.fromEntries(beats.filter(([, value]) => value > 0)),
    rssMib: Math.round(after('process_resident_memory_bytes') / MIB),
  };
}

await withLab(async (lab) => {
  await lab.startDaemon('-prom=:9990');
  const rows = [];
  for (const kind of ['calm', ...kinds]) {
    rows.push(await measure(lab, kind));
    process.stdout.write(`${JSON.stringify(rows.at(-1))}\n`);
  }
  const [calm, ...hostile] = rows;
  const late = hostile.filter(({ failed, mostMs }) => failed > 0 || mostMs > calm.mostMs + LIMIT_MS);
  for (const { kind, failed, mostMs } of late) {
    process.stderr.write(`${kind}: ${failed} answers missing, the slowest took ${mostMs} ms\n`);
  }
  return { ok: late.length === 0 };
});
