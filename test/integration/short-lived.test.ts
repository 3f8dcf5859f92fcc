import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { it } from '../support/lab.js';
import { haveLoad, Load, verifyArchives, widen, writeTurned } from '../support/load.js';
import { until } from '../support/waiting.js';

const COUNT = 5000;
const PORT = 20_000;
const PORTS = 4;

describe.skipIf(!haveLoad('short connections'))('5,000 connections of under a millisecond', () => {
  it.for(['client', 'server'] as const)('are all archived with the bytes written, seen from the %s', async (end, {
    lab,
  }) => {
    widen(lab);
    const counts = join(lab.folder, 'counts.jsonl');
    const [clientSide, serverSide] = end === 'client' ? [lab.near, lab.far] : [lab.far, lab.near];
    const daemon = await lab.startDaemon();
    const server = { address: serverSide.ipv4, port: PORT, ports: PORTS, reply: 1 };
    await using listening = Load.start(serverSide, 'churn-server', server);
    await listening.ready();
    const client = { to: serverSide.ipv4, port: PORT, ports: PORTS, count: COUNT, out: counts };
    await using churn = Load.start(clientSide, 'churn', client);
    expect(await churn.totals()).toMatchObject({ connections: COUNT, failed: 0 });
    expect(await listening.stop()).toMatchObject({ connections: COUNT, failed: 0, wrong: 0 });
    await until('all ends', async () => (await daemon.metric('tcpinfo_connections')) === 0);
    await daemon.scanned();
    expect(await daemon.metric('tcpinfo_destroy_events_lost_total')).toBe(0);
    expect(await daemon.stop()).toEqual({ code: 0, signal: null });

    const seen = end === 'client' ? counts : writeTurned(counts);
    expect(verifyArchives(daemon.output, seen)).toMatchObject({ archives: COUNT, right: COUNT, ok: true });
  });
});
