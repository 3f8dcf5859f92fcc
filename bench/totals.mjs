// Checks the totals of long connections: `npm run bench:totals -- [CONNECTIONS [SECONDS]]`, as root; default 1,000 for
// 30 seconds. There is random traffic both ways. The final counters of every archive, and the sums in the metrics, must
// equal the counts of both ends.
import { join } from 'node:path';
import { FAR, withLab } from './lab.mjs';
import { verify } from './verify.mjs';

const [count, seconds] = [1000, 30].map((fallback, i) => Number(process.argv[2 + i] ?? fallback));
const PORT = 30_000;

await withLab(async (lab) => {
  const counts = join(lab.folder, 'counts.jsonl');
  const daemon = await lab.startDaemon();
  const server = await lab.startLoad('hold-server', { address: FAR, port: PORT });
  const hold = await lab.startLoad('hold', { to: FAR, port: PORT, count, seconds, out: counts });
  const near = await hold.totals();
  const far = await server.totals({ stop: true });
  await lab.quiet();
  const metric = lab.scrape();
  const [sent, received, retransmitted] = ['sent', 'received', 'retransmitted'].map((what) =>
    metric(`tcpinfo_${what}_bytes_total`),
  );
  await daemon.stop();
  const found = await verify(lab.output, counts);
  const checks = {
    endsAgree: near.sent === far.received && near.received === far.sent,
    // tcpi_bytes_sent includes retransmissions, tcpi_bytes_received the other end's FIN.
    sentAgrees: sent - retransmitted === near.sent,
    receivedAgrees: received - count === near.received,
    archivesAgree: found.ok && found.right === count,
  };
  const ok = Object.values(checks).every(Boolean);
  return { near, far, metrics: { sent, received, retransmitted }, ...checks, found, ok };
});
