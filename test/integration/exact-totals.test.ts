import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { readOutput } from '../support/archives.js';
import { it } from '../support/lab.js';
import { haveLoad, Load, readCounts, verifyArchives } from '../support/load.js';
import { until } from '../support/waiting.js';

const COUNT = 200;
const SECONDS = 4;
const PORT = 30_000;

function sum(numbers: readonly (number | undefined)[]): number {
  return numbers.reduce<number>((total, each) => total + (each ?? Number.NaN), 0);
}

describe.skipIf(!haveLoad('exact totals'))('200 long connections of random traffic', () => {
  it('end with exactly the counts of both sides, in archives and in metrics', async ({ lab }) => {
    const [nearCounts, farCounts] = [join(lab.folder, 'near.jsonl'), join(lab.folder, 'far.jsonl')];
    const daemon = await lab.startDaemon();
    await using server = Load.start(lab.far, 'hold-server', { address: lab.far.ipv4, port: PORT, out: farCounts });
    await server.ready();
    const held = { to: lab.far.ipv4, port: PORT, count: COUNT, seconds: SECONDS, active: 40, out: nearCounts };
    await using client = Load.start(lab.near, 'hold', held);
    const near = await client.totals();
    const far = await server.stop();
    expect(near).toEqual({ connections: COUNT, failed: 0, sent: far.received, received: far.sent });
    expect(near.sent).toBeGreaterThan(COUNT * 1000);

    await until('all ends', async () => (await daemon.metric('tcpinfo_connections')) === 0);
    await daemon.scanned();
    const [sent, received, retransmitted] = await Promise.all(
      ['sent', 'received', 'retransmitted'].map((what) => daemon.metric(`tcpinfo_${what}_bytes_total`)),
    );
    expect(sent).toBe(near.sent + (retransmitted ?? Number.NaN));
    // The other side's FIN counts one byte.
    expect(received).toBe(near.received + COUNT);
    await daemon.stop();

    expect(readCounts(farCounts)).toHaveLength(COUNT);
    expect(verifyArchives(daemon.output, nearCounts)).toMatchObject({ archives: COUNT, right: COUNT, ok: true });
    const finals = readOutput(daemon.output).map(({ last }) => last.info);
    expect(sum(finals.map((info) => info?.bytesSent))).toBe(sent);
    expect(sum(finals.map((info) => info?.bytesReceived))).toBe(received);
    expect(sum(finals.map((info) => info?.bytesRetrans))).toBe(retransmitted);
  });
});
