import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect } from 'vitest';
import { archivePaths, readArchive } from '../support/archives.js';
import type { DaemonProcess } from '../support/daemon.js';
import { haveLab, it, type Lab } from '../support/lab.js';
import { until } from '../support/waiting.js';

const READERS = 40;
const STALLED = 10;
const ROUNDS = 4;
const BATCH = 500;

const SCANS = 'tcpinfo_scans_total{result="complete"}';
const OPENS = 'tcpinfo_flow_events_total{event="open"}';
const CLOSES = 'tcpinfo_flow_events_total{event="close"}';

/** Connects a client that never reads. */
async function stalledClient(path: string): Promise<Socket> {
  const socket = connect({ path });
  await once(socket, 'connect');
  return socket.pause();
}

/** Opens and closes a batch of connections, each alive for at least a scan. Returns the number of scans. */
async function openAndClose(lab: Lab, daemon: DaemonProcess, port: number): Promise<number> {
  const [scans, opens, closes] = await Promise.all([SCANS, OPENS, CLOSES].map((sample) => daemon.metric(sample)));
  const clients = await lab.farPeer.connectMany(BATCH, { host: lab.near.ipv4, port });
  await until('all opens', async () => (await daemon.metric(OPENS)) >= (opens ?? 0) + BATCH);
  await Promise.all(clients.map((client) => client.reset()));
  await until('all closes', async () => (await daemon.metric(CLOSES)) >= (closes ?? 0) + BATCH);
  return (await daemon.metric(SCANS)) - (scans ?? 0);
}

describe.skipIf(!haveLab('fifty event clients'))('fifty event clients', () => {
  it('get every event in order while ten others never read, and scans continue', async ({ lab }) => {
    const daemon = await lab.startDaemon();
    const stalled = await Promise.all(Array.from({ length: STALLED }, () => stalledClient(lab.eventSocket)));
    const readers = await Promise.all(Array.from({ length: READERS }, () => lab.readEvents()));
    const CLIENTS = 'tcpinfo_event_clients';
    await until('all clients', async () => (await daemon.metric(CLIENTS)) === READERS + STALLED);

    const port = await lab.nearPeer.listen('0.0.0.0');
    for (let round = 0; round < ROUNDS; round++) {
      expect(await openAndClose(lab, daemon, port)).toBeGreaterThan(0);
    }
    // Far more than the kernel buffers per client: the ten are stuck.
    const [first, ...others] = readers;
    if (first === undefined) throw new Error('no reader');
    const total = ROUNDS * BATCH;
    await until('every event', () => readers.every(({ text }) => text.split('\n').length > 2 * total));
    expect(first.text.length).toBeGreaterThan(500_000);
    expect(others.every(({ text }) => text === first.text)).toBe(true);
    const opened = first.of('open').map(({ UUID }) => UUID);
    const closed = first.of('close').map(({ UUID }) => UUID);
    expect(new Set(opened).size).toBe(total);
    expect(closed.toSorted()).toEqual(opened.toSorted());
    const order = new Map(first.events.map(({ Event, UUID }, i) => [`${Event} ${UUID}`, i]));
    expect(opened.every((uuid) => (order.get(`0 ${uuid}`) ?? 0) < (order.get(`1 ${uuid}`) ?? 0))).toBe(true);

    // They neither left nor were dropped: their queues hold this much. Scans keep the beat: a slow machine delays some,
    // but a backlog of clients would hold beats back.
    expect(await daemon.metric(CLIENTS)).toBe(READERS + STALLED);
    const scans = await daemon.metric(SCANS);
    await until('a hundred scans', async () => (await daemon.metric(SCANS)) >= scans + 100);
    expect(await daemon.metric('tcpinfo_scan_beats_skipped_total{reason="backlog"}')).toBeLessThan(scans / 10);

    for (const socket of stalled) socket.destroy();
    await until('the ten are gone', async () => (await daemon.metric(CLIENTS)) === READERS);
    expect(await daemon.metric('tcpinfo_event_clients_dropped_total{reason="gone"}')).toBe(STALLED);
  });

  it('that connect late learn of all open connections and their end', async ({ lab }) => {
    const daemon = await lab.startDaemon({ args: ['-events.replay', '-events.v2', '-archive.provenance'] });
    const early = await lab.readEvents();
    const port = await lab.nearPeer.listen('0.0.0.0');
    const { near, far } = await lab.connectIn(port);
    const { UUID } = await early.opened(port, near.remotePort);
    const late = await lab.readEvents();
    expect(await late.opened(port, near.remotePort)).toMatchObject({ UUID, Replay: true, Seq: 1, Dropped: 0 });
    await near.send(1234);
    await far.received(1234);
    await lab.acknowledged();
    await daemon.scanned();
    await far.reset();
    const end = await late.closed(UUID);
    expect(end).toMatchObject({
      ID: null,
      StartTime: early.of('open')[0]?.Timestamp,
      Final: { tcpi_bytes_acked: 1234, tcpi_bytes_received: 0 },
      Seq: 2,
    });
    expect(await early.closed(UUID)).toEqual(end);
    expect(early.of('open')[0]).not.toHaveProperty('Replay');
    expect(await daemon.metric('tcpinfo_events_replayed_total')).toBe(1);
    expect(await daemon.metric(OPENS)).toBe(1);

    await daemon.stop();
    const [path = ''] = archivePaths(daemon.output);
    expect(readArchive(path).metadata).toMatchObject({
      UUID,
      Provenance: { Schema: 1, IntervalNs: 10_000_000, FirstSeen: 'scan' },
    });
  });
});
