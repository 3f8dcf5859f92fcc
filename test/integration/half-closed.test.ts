import { describe, expect } from 'vitest';
import { TcpState } from '../../tcp/index.js';
import { byPorts, readOutput, sentBytes } from '../support/archives.js';
import { haveLab, it } from '../support/lab.js';

const SENT = 10_000;
const FIN_TIMEOUT_SECONDS = 3;

describe.skipIf(!haveLab('half-closed connections'))('a half-closed connection', () => {
  it('writes no row a beat while only a FIN_WAIT2 mini-socket is left, and ends with it', async ({ lab }) => {
    lab.near.set('net/ipv4/tcp_fin_timeout', FIN_TIMEOUT_SECONDS);
    const daemon = await lab.startDaemon();
    const events = await lab.readEvents();
    const port = await lab.nearPeer.listen('0.0.0.0');
    const { near, far } = await lab.connectIn(port);
    await near.send(SENT);
    await far.received(SENT);
    await near.end();
    await far.ended();
    await lab.acknowledged();
    await daemon.scanned();
    // Nobody holds the socket any more, and the other end has not closed: the kernel keeps a mini-socket for a while.
    await near.destroy();
    const { UUID } = await events.opened(port, near.remotePort);
    await events.closed(UUID);
    await daemon.scanned();
    await daemon.stop();

    const { rows } = byPorts(readOutput(daemon.output), port, near.remotePort);
    const states = rows.map(({ idm }) => idm.state);
    expect(states).toContain(TcpState.FIN_WAIT2);
    expect(states).not.toContain(TcpState.TIME_WAIT);
    // A row a beat would be 100 a second.
    const bare = rows.filter(({ info }) => info === undefined);
    expect(bare.length).toBeLessThanOrEqual(2);
    expect(rows.length).toBeLessThanOrEqual(30);
    const lastFull = rows.findLast(({ info }) => info !== undefined);
    expect(lastFull?.info).toMatchObject({ state: TcpState.FIN_WAIT2, bytesReceived: 0, unacked: 0 });
    expect(lastFull && sentBytes(lastFull)).toBe(SENT);
    expect(events.of('open', UUID)).toHaveLength(1);
    expect(events.of('close', UUID)).toHaveLength(1);
  });

  it('goes on being recorded while its other half carries data', async ({ lab }) => {
    const daemon = await lab.startDaemon();
    const port = await lab.nearPeer.listen('0.0.0.0');
    const { near, far } = await lab.connectIn(port);
    await near.end();
    await far.ended();
    await far.send(SENT);
    await near.received(SENT);
    await daemon.scanned();
    await daemon.stop();
    const { last } = byPorts(readOutput(daemon.output), port, near.remotePort);
    expect(last.info).toMatchObject({ state: TcpState.FIN_WAIT2, bytesReceived: SENT, bytesSent: 0 });
  });
});
