// Checks the records of many short connections: `npm run bench:churn -- [COUNT [PER_SECOND]]`, as root. Default:
// 100,000, as fast as one client can. Each writes some bytes, gets as many back, and ends. Then every archive is read
// and compared with the client's counts: each connection must be archived with a final record or counted as lost, and
// with CAP_NET_ADMIN none may be lost.
import { join } from 'node:path';
import { FAR, NEAR, withLab } from './lab.mjs';
import { verify } from './verify.mjs';

const [count, rate] = [100_000, 0].map((fallback, i) => Number(process.argv[2 + i] ?? fallback));
const PORTS = 16;
const PORT = 20_000;

await withLab(async (lab) => {
  const counts = join(lab.folder, 'counts.jsonl');
  const daemon = await lab.startDaemon();
  const server = await lab.startLoad('churn-server', { address: FAR, port: PORT, ports: PORTS, reply: 1 });
  const churn = await lab.startLoad('churn', {
    ...{ to: FAR, port: PORT, ports: PORTS, from: NEAR.join(','), count, rate, out: counts },
  });
  const client = await churn.totals();
  const began = performance.now();
  await lab.quiet();
  const metrics = lab.scrape();
  await daemon.stop();
  const caughtUpSeconds = Number(((performance.now() - began) / 1000).toFixed(1));
  const lost = metrics('tcpinfo_destroy_events_lost_total') ?? Number.NaN;
  const found = await verify(lab.output, counts, lost);
  // A dropped event may concern a connection that a scan saw: then the connection is archived anyway.
  const ok = found.ok && lost === 0 && found.right === count;
  const accounted = found.right + lost;
  const told = { ...metrics.all('tcpinfo_destroy_events'), ...metrics.all('tcpinfo_connections') };
  const ends = { client, server: await server.totals({ stop: true }) };
  return { ...ends, told, caughtUpSeconds, lost, accounted, found, ok };
});
