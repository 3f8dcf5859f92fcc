import { describe, expect } from 'vitest';
import { byPorts, type Recorded, readOutput, sentBytes } from '../support/archives.js';
import { lastStatus } from '../support/daemon.js';
import { haveLab, it } from '../support/lab.js';
import { until } from '../support/waiting.js';

const PIECE = 2000;

/** Expects files 0, 1, 2, … with the same connection's metadata, and one continuous sequence of records. */
function expectOneLine({ uuid, files, rows }: Recorded): void {
  expect(files.map(({ sequence }) => sequence)).toEqual(files.map((_, i) => i));
  for (const { metadata, sequence } of files) {
    expect(metadata).toEqual({ UUID: uuid, Sequence: sequence, StartTime: rows[0]?.timestamp });
  }
  for (const [i, { timestampNs, info }] of rows.entries()) {
    const before = rows[i - 1];
    if (before === undefined) continue;
    expect(timestampNs).toBeGreaterThan(before.timestampNs);
    expect(info?.bytesSent).toBeGreaterThanOrEqual(before.info?.bytesSent ?? 0);
    expect(info?.segsOut).toBeGreaterThanOrEqual(before.info?.segsOut ?? 0);
  }
}

describe.skipIf(!haveLab('rotation'))('rotation', () => {
  it('neither loses nor duplicates a record between the files of busy connections', async ({ lab }) => {
    const daemon = await lab.startDaemon({ args: ['--archive.rotate=1s'] });
    const port = await lab.nearPeer.listen('0.0.0.0');
    const ends = await Promise.all([1, 2, 3].map(() => lab.connectIn(port)));
    const near = ends.map((each) => each.near);
    await lab.nearPeer.stream(near, PIECE, 2);
    await until('four files each', async () => (await daemon.metric('tcpinfo_new_file_total')) >= 4 * near.length);
    const sent = await lab.nearPeer.halt(near);
    await Promise.all(ends.map(({ far }, i) => far.received(sent[i] ?? 0)));
    await lab.acknowledged();
    await daemon.scanned();
    expect(await daemon.metric('tcpinfo_archive_sequence_collisions_total')).toBe(0);
    await daemon.stop();

    const all = readOutput(daemon.output);
    for (const [i, { localPort, remotePort }] of near.entries()) {
      const recorded = byPorts(all, localPort, remotePort);
      expectOneLine(recorded);
      expect(sentBytes(recorded.last)).toBe(sent[i]);
    }
    // The files contain as many records as were published.
    expect(all.reduce((sum, { rows }) => sum + rows.length, 0)).toBe(lastStatus(daemon.log, 'records'));
  });

  it('of all files happens on SIGHUP', async ({ lab }) => {
    const daemon = await lab.startDaemon();
    const port = await lab.nearPeer.listen('0.0.0.0');
    const ends = await Promise.all([1, 2, 3].map(() => lab.connectIn(port)));
    await daemon.scanned();
    daemon.kill('SIGHUP');
    await until('files', async () => (await daemon.metric('tcpinfo_new_file_total')) >= ends.length);
    await until('files closed', async () => (await daemon.metric('tcpinfo_archive_open_files')) === 0);
    expect(daemon.openArchives()).toEqual([]);
    expect(readOutput(daemon.output).map(({ files }) => files.length)).toEqual([1, 1, 1]);

    for (const { near, far } of ends) {
      await near.send(PIECE);
      await far.received(PIECE);
    }
    await daemon.scanned();
    daemon.kill('SIGHUP');
    await daemon.logged(/SIGHUP[\s\S]*SIGHUP/);
    await daemon.stop();
    const all = readOutput(daemon.output);
    for (const recorded of all) {
      expectOneLine(recorded);
      expect(recorded.files.length).toBeGreaterThanOrEqual(2);
      expect(sentBytes(recorded.last)).toBe(PIECE);
    }
    expect(all).toHaveLength(ends.length);
  });
});
