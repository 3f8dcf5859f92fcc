import { describe, expect } from 'vitest';
import { byPorts, readOutput } from '../support/archives.js';
import { haveLab, it } from '../support/lab.js';
import { until } from '../support/waiting.js';

const COUNT = 500;

describe.skipIf(!haveLab('500 connections'))('500 connections at once', () => {
  it('each have an archive, an open and a close event, a UUID, and their own bytes', async ({ lab }) => {
    const daemon = await lab.startDaemon();
    const events = await lab.readEvents();
    const port = await lab.nearPeer.listen('0.0.0.0');
    const clients = await lab.farPeer.connectMany(COUNT, { host: lab.near.ipv4, port });
    const ends = await Promise.all(
      clients.map(async (far, i) => {
        const near = await lab.nearPeer.accepted(port, far.localPort);
        // A different number for each, so that none can be mistaken for another.
        const bytes = 1000 + i;
        await far.send(bytes);
        await near.received(bytes);
        return { far, near, bytes };
      }),
    );
    await lab.acknowledged();
    await daemon.scanned();
    expect(await daemon.metric('tcpinfo_connections')).toBe(COUNT);
    expect(await daemon.metric('tcpinfo_flow_events_total{event="open"}')).toBe(COUNT);

    await Promise.all(ends.map(({ far }) => far.reset()));
    await until('all close events', () => events.of('close').length >= COUNT);
    expect(await daemon.metric('tcpinfo_connections')).toBe(0);
    await until('all files', async () => (await daemon.metric('tcpinfo_new_file_total')) >= COUNT);
    await until('all files closed', async () => (await daemon.metric('tcpinfo_archive_open_files')) === 0);
    expect(daemon.openArchives()).toEqual([]);
    expect(await daemon.metric('tcpinfo_new_file_total')).toBe(COUNT);
    await daemon.stop();
    await events.ended();

    const opened = events.of('open').map(({ UUID }) => UUID);
    expect(new Set(opened).size).toBe(COUNT);
    expect(
      events
        .of('close')
        .map(({ UUID }) => UUID)
        .toSorted(),
    ).toEqual(opened.toSorted());
    const all = readOutput(daemon.output);
    expect(all.map(({ uuid }) => uuid).toSorted()).toEqual(opened.toSorted());
    for (const { near, bytes } of ends) {
      expect(byPorts(all, port, near.remotePort).last.info?.bytesReceived).toBe(bytes);
    }
  });
});
