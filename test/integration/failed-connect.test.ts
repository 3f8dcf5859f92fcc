import { describe, expect } from 'vitest';
import { TcpState } from '../../tcp/index.js';
import { byPorts, readOutput, statesOf } from '../support/archives.js';
import { haveLab, it } from '../support/lab.js';
import { PeerError } from '../support/peer.js';
import { until } from '../support/waiting.js';

const LOCAL_PORT = 40_001;

describe.skipIf(!haveLab('connections that fail'))('a connection that fails', () => {
  it('is recorded in SYN_SENT without an answer, and in CLOSE when the program gives up', async ({ lab }) => {
    const daemon = await lab.startDaemon();
    const events = await lab.readEvents();
    const attempt = await lab.nearPeer.attempt({ host: lab.silentIpv4, port: 5001, localPort: LOCAL_PORT });
    const opened = await events.opened(LOCAL_PORT, 5001);
    // The SYN is retransmitted after a second, which is a change.
    await until('a retransmission', async () => (await daemon.metric('tcpinfo_snapshot_total')) >= 2);
    await attempt.destroy();
    await events.closed(opened.UUID);
    await daemon.stop();

    const recorded = byPorts(readOutput(daemon.output), LOCAL_PORT, 5001);
    expect(statesOf(recorded)).toEqual([TcpState.SYN_SENT, TcpState.CLOSE]);
    expect(recorded.first.info).toMatchObject({ bytesSent: 0, bytesReceived: 0 });
    expect(recorded.rows.at(-2)?.info?.retransmits).toBeGreaterThanOrEqual(1);
    expect(recorded.last.info?.totalRetrans).toBeGreaterThanOrEqual(1);
    expect(events.of('close')).toHaveLength(1);
  });

  it('leaves nothing behind when it is refused', async ({ lab }) => {
    const daemon = await lab.startDaemon();
    const events = await lab.readEvents();
    for (let i = 0; i < 50; i++) {
      const refused = lab.nearPeer.connect({ host: lab.far.ipv4, port: 5999 });
      await expect(refused).rejects.toThrow(PeerError);
      await expect(refused).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    }
    await daemon.scanned();
    expect(await daemon.metric('tcpinfo_connections')).toBe(0);
    // A file is closed when the disk has confirmed it.
    await until('no open archive', () => daemon.openArchives().length === 0);
    expect(await daemon.stop()).toEqual({ code: 0, signal: null });
    await events.ended();
    // Most are too short for a scan; those that are seen are recorded to their end.
    const opened = events.of('open').map(({ UUID }) => UUID);
    const closed = events.of('close').map(({ UUID }) => UUID);
    expect(closed.toSorted()).toEqual(opened.toSorted());
    expect(readOutput(daemon.output)).toHaveLength(opened.length);
  });
});
