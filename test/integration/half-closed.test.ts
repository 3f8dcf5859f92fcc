import { describe, expect } from 'vitest';
import { TcpState } from '../../tcp/index.js';
import { byPorts, readOutput, sentBytes } from '../support/archives.js';
import { haveLab, it, type Lab } from '../support/lab.js';
import { until } from '../support/waiting.js';

const SENT = 10_000;
const FIN_TIMEOUT_SECONDS = 3;

describe.skipIf(!haveLab('half-closed connections'))('a half-closed connection', () => {
  /** Closes a connection from near, so that only a mini-socket in FIN_WAIT2 remains there. */
  async function leaveMiniSocket(lab: Lab, args: readonly string[] = []) {
    lab.near.set('net/ipv4/tcp_fin_timeout', FIN_TIMEOUT_SECONDS);
    const daemon = await lab.startDaemon({ args });
    const events = await lab.readEvents();
    const port = await lab.nearPeer.listen('0.0.0.0');
    const { near, far } = await lab.connectIn(port);
    await near.send(SENT);
    await far.received(SENT);
    await near.end();
    await far.ended();
    await lab.acknowledged();
    await daemon.scanned();
    // The socket has no owner and the peer has not closed: the kernel keeps a mini-socket for a while.
    await near.destroy();
    const { UUID } = await events.opened(port, near.remotePort);
    await events.closed(UUID);
    const miniSockets = () => lab.near.run('ss', '-Htn', 'state', 'fin-wait-2').trim();
    const recorded = async () => {
      await daemon.stop();
      expect(events.of('open', UUID)).toHaveLength(1);
      expect(events.of('close', UUID)).toHaveLength(1);
      const { files, rows } = byPorts(readOutput(daemon.output), port, near.remotePort);
      expect(files).toHaveLength(1);
      return rows;
    };
    return { daemon, miniSockets, recorded };
  }

  it('ends with its full socket; the mini-socket in FIN_WAIT2 neither writes rows nor reopens it', async ({ lab }) => {
    const { daemon, miniSockets, recorded } = await leaveMiniSocket(lab);
    expect(miniSockets()).not.toBe('');
    await until('the end of the mini-socket', () => miniSockets() === '');
    await daemon.scanned();
    const rows = await recorded();
    expect(rows.every(({ info }) => info !== undefined)).toBe(true);
    const last = rows.at(-1);
    expect(last?.idm.state).toBe(TcpState.CLOSE);
    expect(last?.info).toMatchObject({ state: TcpState.CLOSE, bytesReceived: 0, unacked: 0 });
    expect(last && sentBytes(last)).toBe(SENT);
  });

  it('does not write a row per beat, and ends with the mini-socket without destroy events', async ({ lab }) => {
    const { miniSockets, recorded } = await leaveMiniSocket(lab, ['--events.destroy=off']);
    expect(miniSockets()).toBe('');
    const rows = await recorded();
    const states = rows.map(({ idm }) => idm.state);
    expect(states).toContain(TcpState.FIN_WAIT2);
    expect(states).not.toContain(TcpState.TIME_WAIT);
    // A row per beat would be 100 per second.
    const bare = rows.filter(({ info }) => info === undefined);
    expect(bare.length).toBeLessThanOrEqual(2);
    expect(rows.length).toBeLessThanOrEqual(30);
    const lastFull = rows.findLast(({ info }) => info !== undefined);
    expect(lastFull?.info).toMatchObject({ state: TcpState.FIN_WAIT2, bytesReceived: 0, unacked: 0 });
    expect(lastFull && sentBytes(lastFull)).toBe(SENT);
  });

  it('is recorded while its other half carries data', async ({ lab }) => {
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
