// Measures what reading HTTP costs the collector: `npm run bench:http-collector -- [PAIRS [RATE]]`, as root, on an idle
// machine; default 5 pairs and 5,000 requests a second on 32 connections. A collector with `-http.ports=80`, and one
// without it, record the same load, in turns. CPU is that of all threads of the process. Prints a line for each sample,
// and at the end medians, and what a request and its answer cost, beside the limit of `tcp-info http`.
import { HttpLab, rest } from './http-lab.mjs';
import { withLab } from './lab.mjs';
import { createMeter, removeMeters } from './meter.mjs';
import { quantile } from './statistics.mjs';
import { inTurns } from './turns.mjs';

const [pairs = 5, rate = 5000] = process.argv.slice(2).map(Number);
if (!Number.isInteger(pairs) || pairs < 1 || !Number.isInteger(rate) || rate < 1) {
  process.stderr.write('usage: http-collector.mjs [PAIRS [RATE]]\n');
  process.exit(2);
}
const [WARM_UP_SECONDS, MEASURED_SECONDS] = [3, 6];
const CONNECTIONS = 32;
const MOST_US = 8;
const FLAGS = { without: [], with: ['-http.ports=80'] };

const median = (values) => quantile(values, 0.5);
const round = (value) => Number(value.toFixed(2));

/** Measures a collector under the load. */
async function sample(lab, http, name) {
  const meter = createMeter();
  const daemon = await lab.startDaemonWithin(meter, ...FLAGS[name]);
  const server = await http.startServer();
  await http.ask({ connections: CONNECTIONS, rate, count: rate * WARM_UP_SECONDS });
  await rest();
  const threads = meter.cpuSeconds();
  const client = await http.ask({ connections: CONNECTIONS, rate, count: rate * MEASURED_SECONDS });
  await rest();
  const cpuSeconds = meter.cpuSeconds() - threads;
  const metric = lab.scrape();
  const sum = (start) => Object.values(metric.all(start)).reduce((total, value) => total + value, 0);
  await server.totals({ stop: true });
  await daemon.stop();
  await meter.remove();
  const figures = {
    us: round((1e6 * cpuSeconds) / client.answers),
    perSec: Math.round(client.answers / client.seconds),
    read: sum('tcpinfo_http_requests_total'),
    joined: metric('tcpinfo_http_joins_total{result="found"}') ?? 0,
    dropped: metric('tcpinfo_packets_total{result="dropped"}') ?? 0,
  };
  process.stdout.write(`${name} ${JSON.stringify(figures)}\n`);
  return figures;
}

try {
  await withLab(async (lab) => {
    const http = new HttpLab(lab);
    const samples = await inTurns(pairs, Object.keys(FLAGS), (name) => sample(lab, http, name));
    const us = (name) => samples[name].map((figures) => figures.us);
    const added = median(us('with').map((each, pair) => each - us('without')[pair]));
    const asked = rate * (WARM_UP_SECONDS + MEASURED_SECONDS);
    const isAll = samples.with.every(
      ({ read, joined, dropped }) => read === asked && joined === asked && dropped === 0,
    );
    return {
      usOfRequest: { without: median(us('without')), with: median(us('with')) },
      addedUs: round(added),
      most: MOST_US,
      isAll,
      ok: added <= MOST_US && isAll,
    };
  });
} finally {
  await removeMeters();
}
