import { existsSync } from 'node:fs';
import { describe, expect } from 'vitest';
import { archivePaths, byPorts, readArchive, readOutput, sentBytes } from '../support/archives.js';
import { haveLab, it } from '../support/lab.js';
import { until } from '../support/waiting.js';

const PIECE = 4096;
const SCANS = 'tcpinfo_scans_total{result="complete"}';

describe.skipIf(!haveLab('idle and busy connections'))('archives', () => {
  it('of an idle connection stay short, close when their time is up, and continue with the next sequence', async ({
    lab,
  }) => {
    const daemon = await lab.startDaemon({ args: ['--archive.rotate=1s'] });
    const port = await lab.nearPeer.listen('0.0.0.0');
    const { near, far } = await lab.connectIn(port);
    await near.send(1000);
    await far.received(1000);
    await lab.acknowledged();
    await daemon.scanned();
    const [first = ''] = await until('the first file', () => {
      const paths = archivePaths(daemon.output);
      return paths.length > 0 && daemon.openArchives().length === 0 && paths;
    });
    const whole = readArchive(first);
    expect(whole.sequence).toBe(0);
    // Rows for a thousand bytes and then silence.
    expect(whole.rows.length).toBeLessThanOrEqual(20);

    // Longer than a file's time without a change: no empty file is opened.
    const before = await daemon.metric(SCANS);
    await until('150 scans', async () => (await daemon.metric(SCANS)) >= before + 150);
    expect(archivePaths(daemon.output)).toEqual([first]);
    expect(await daemon.metric('tcpinfo_connections')).toBe(1);

    await near.send(500);
    await far.received(1500);
    await lab.acknowledged();
    await daemon.scanned();
    await daemon.stop();
    const { files, rows, last } = byPorts(readOutput(daemon.output), port, near.remotePort);
    expect(files.map(({ sequence }) => sequence).slice(0, 2)).toEqual([0, 1]);
    expect(new Set(files.map(({ metadata }) => metadata.StartTime)).size).toBe(1);
    expect(readArchive(first)).toEqual(whole);
    expect(rows.length).toBeLessThanOrEqual(40);
    expect(sentBytes(last)).toBe(1500);
  });

  it('of a connection without any change reach the disk within the flush age', async ({ lab }) => {
    const daemon = await lab.startDaemon({ args: ['--archive.flush-age=200ms'] });
    const port = await lab.nearPeer.listen('0.0.0.0');
    const { near } = await lab.connectIn(port);
    const [path = ''] = await until('a file', () => {
      const paths = archivePaths(daemon.output);
      return paths.length > 0 && paths;
    });
    // The file is still open, and its content is readable.
    await until('a whole frame', () => existsSync(path) && readArchive(path).rows.length > 0);
    expect(daemon.openArchives()).toEqual([path]);
    expect(readArchive(path).rows[0]?.idm.id).toMatchObject({ sport: port, dport: near.remotePort });
  });

  it('of a busy connection have at most a row per scan, in order, with growing counters', async ({ lab }) => {
    const daemon = await lab.startDaemon();
    const port = await lab.nearPeer.listen('0.0.0.0');
    const { near, far } = await lab.connectIn(port);
    const scansBefore = await daemon.metric(SCANS);
    await lab.nearPeer.stream([near], PIECE, 1);
    await until('150 rows', async () => (await daemon.metric('tcpinfo_snapshot_total')) >= 150);
    const [sent = 0] = await lab.nearPeer.halt([near]);
    await far.received(sent);
    await lab.acknowledged();
    await daemon.scanned();
    const scans = (await daemon.metric(SCANS)) - scansBefore;
    await daemon.stop();

    const { rows, last } = byPorts(readOutput(daemon.output), port, near.remotePort);
    expect(rows.length).toBeGreaterThanOrEqual(150);
    // One for the scan that first saw the connection, one for the last scan.
    expect(rows.length).toBeLessThanOrEqual(scans + 2);
    for (const [i, { timestampNs, info }] of rows.entries()) {
      const before = rows[i - 1];
      if (before === undefined) continue;
      expect(timestampNs).toBeGreaterThan(before.timestampNs);
      for (const counter of ['bytesSent', 'bytesAcked', 'bytesReceived', 'segsOut', 'segsIn'] as const) {
        expect(info?.[counter]).toBeGreaterThanOrEqual(before.info?.[counter] ?? 0);
      }
    }
    expect(sentBytes(last)).toBe(sent);
    expect(last.info?.bytesAcked).toBe(sent);
  });
});
