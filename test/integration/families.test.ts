import { describe, expect } from 'vitest';
import { AF_INET, AF_INET6, formatAddress } from '../../netlink/index.js';
import { timestampToNs } from '../../parse/index.js';
import { TcpState } from '../../tcp/index.js';
import { archivePaths, byPorts, type Recorded, readOutput, sentBytes } from '../support/archives.js';
import { type Ends, haveLab, it, type Lab, UUID_PREFIX } from '../support/lab.js';
import { until } from '../support/waiting.js';

const SENT = 300_000;
const RECEIVED = 123_456;

/** Moves bytes both ways, and waits until the daemon has seen all of them. */
async function exchange(lab: Lab, { near, far }: Ends): Promise<void> {
  await Promise.all([near.send(SENT), far.send(RECEIVED)]);
  await Promise.all([far.received(SENT), near.received(RECEIVED)]);
  await lab.acknowledged();
}

/** Returns local and remote address of a record as text. */
function addresses({ first: { idm } }: Recorded): string[] {
  return [idm.id.src, idm.id.dst].map((bytes) => formatAddress(bytes, idm.family));
}

function expectCounters({ last }: Recorded): void {
  const { idm, info } = last;
  expect(idm.state).toBe(TcpState.ESTABLISHED);
  expect(sentBytes(last)).toBe(SENT);
  expect(info).toMatchObject({ bytesReceived: RECEIVED, unacked: 0, notsentBytes: 0 });
  // The SYN of the connecting side counts one byte.
  expect([SENT, SENT + 1]).toContain(info?.bytesAcked);
}

function expectOrder({ files, rows, first }: Recorded): void {
  expect(files.map(({ sequence, metadata }) => [sequence, metadata.Sequence])).toEqual([[0, 0]]);
  expect(files[0]?.metadata.StartTime).toBe(first.timestamp);
  expect(files[0]?.date).toBe(first.timestamp.slice(0, 10).replaceAll('-', '/'));
  for (const [i, row] of rows.entries()) {
    const before = rows[i - 1];
    if (before === undefined) continue;
    expect(row.timestampNs).toBeGreaterThan(before.timestampNs);
    expect(row.info?.bytesSent).toBeGreaterThanOrEqual(before.info?.bytesSent ?? 0);
    expect(row.info?.bytesReceived).toBeGreaterThanOrEqual(before.info?.bytesReceived ?? 0);
  }
}

describe.skipIf(!haveLab('archives of both address families'))('archives of both address families', () => {
  it('records IPv4 and IPv6, incoming and outgoing, to the last byte', async ({ lab }) => {
    const daemon = await lab.startDaemon();
    const events = await lab.readEvents();
    const inPort = await lab.nearPeer.listen('::');
    const outPort = await lab.farPeer.listen('::');
    const { near, far } = lab;
    const cases = [
      { ends: await lab.connectOut(outPort, far.ipv4), family: AF_INET, ips: [near.ipv4, far.ipv4] },
      { ends: await lab.connectIn(inPort, near.ipv6), family: AF_INET6, ips: [near.ipv6, far.ipv6] },
      { ends: await lab.connectOut(outPort, far.ipv6), family: AF_INET6, ips: [near.ipv6, far.ipv6] },
      // The port of a dual-stack listener: an IPv6 socket with an IPv4 peer.
      { ends: await lab.connectIn(inPort, near.ipv4), family: AF_INET6, ips: [near.ipv4, far.ipv4] },
    ];
    await Promise.all(cases.map(({ ends }) => exchange(lab, ends)));
    await daemon.scanned();
    expect(await daemon.stop()).toEqual({ code: 0, signal: null });
    await events.ended();

    const all = readOutput(daemon.output);
    expect(all).toHaveLength(cases.length);
    for (const { ends, family, ips } of cases) {
      const { localPort: sport, remotePort: dport } = ends.near;
      const recorded = byPorts(all, sport, dport);
      expect(recorded.first.idm.family).toBe(family);
      expect(addresses(recorded)).toEqual(ips);
      expectCounters(recorded);
      expectOrder(recorded);

      const cookie = recorded.first.idm.id.cookie;
      expect(recorded.uuid).toBe(`${UUID_PREFIX}_${cookie.toString(16).toUpperCase().padStart(16, '0')}`);
      const id = { SPort: sport, DPort: dport, SrcIP: ips[0], DstIP: ips[1], Cookie: Number(cookie) };
      expect(events.of('open', recorded.uuid)).toMatchObject([{ Timestamp: recorded.first.timestamp, ID: id }]);
      expect(events.of('close', recorded.uuid)).toMatchObject([{ ID: null }]);
    }
  });

  it('keeps the bytes of an IPv4-mapped address', async ({ lab }) => {
    const daemon = await lab.startDaemon();
    const port = await lab.nearPeer.listen('::');
    const { near } = await lab.connectIn(port);
    await daemon.scanned();
    await daemon.stop();

    const { id } = byPorts(readOutput(daemon.output), port, near.remotePort).first.idm;
    expect([...id.src]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 77, 0, 1]);
    expect([...id.dst]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 77, 0, 2]);
  });

  it('records an IPv4 connection to an IPv4 listener', async ({ lab }) => {
    const daemon = await lab.startDaemon();
    const port = await lab.nearPeer.listen('0.0.0.0');
    const ends = await lab.connectIn(port);
    await exchange(lab, ends);
    await daemon.scanned();
    await daemon.stop();

    const recorded = byPorts(readOutput(daemon.output), port, ends.near.remotePort);
    expect(recorded.first.idm.family).toBe(AF_INET);
    expectCounters(recorded);
    expectOrder(recorded);
  });

  it('records a connection to its end', async ({ lab }) => {
    const daemon = await lab.startDaemon();
    const events = await lab.readEvents();
    const port = await lab.nearPeer.listen('0.0.0.0');
    const ends = await lab.connectIn(port);
    await exchange(lab, ends);
    await daemon.scanned();
    await ends.far.end();
    await ends.near.ended();
    await daemon.scanned();
    await ends.near.destroy();
    await ends.far.closed();

    const opened = await events.opened(port, ends.near.remotePort);
    const closed = await events.closed(opened.UUID);
    expect(timestampToNs(closed.Timestamp)).toBeGreaterThan(timestampToNs(opened.Timestamp) ?? 0n);
    // The archive is complete and closed soon after the connection's end, while the daemon continues.
    await until('the archive', () => archivePaths(daemon.output).length === 1 && daemon.openArchives().length === 0);
    const { last, rows } = byPorts(readOutput(daemon.output), port, ends.near.remotePort);
    expect(rows.map(({ idm }) => idm.state)).toContain(TcpState.CLOSE_WAIT);
    // The other side's FIN counts one byte.
    const finished = rows.findLast(({ info }) => info !== undefined) ?? last;
    expect(sentBytes(finished)).toBe(SENT);
    expect(finished.info?.bytesReceived).toBe(RECEIVED + 1);
    expect(last.timestampNs).toBeLessThanOrEqual(timestampToNs(closed.Timestamp) ?? 0n);
  });
});
