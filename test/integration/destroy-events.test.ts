import { existsSync } from 'node:fs';
import { describe, expect } from 'vitest';
import { INET_DIAG_CONG } from '../../inetdiag/index.js';
import { decodeRecord } from '../../parse/index.js';
import { TcpState } from '../../tcp/index.js';
import { type Archive, archivePaths, byPorts, readArchiveText, readOutput, sentBytes } from '../support/archives.js';
import { haveLab, it, type Lab } from '../support/lab.js';
import { until } from '../support/waiting.js';

const SENT = 10_000;
const EXCLUDED_PORT = 5101;
/** An interval longer than any test: everything after the first scan comes from events. */
const ONE_SCAN = '--scan.interval=1h';

const late = 'tcpinfo_destroy_events_total{outcome="late"}';
const awaited = 'tcpinfo_destroy_events_awaited';

/** Closes a connection from both sides, near first, so that both FINs are acknowledged. */
async function close({ near, far }: Awaited<ReturnType<Lab['connectIn']>>): Promise<void> {
  await near.end();
  await far.ended();
  await far.destroy();
  await near.ended();
  await near.destroy();
}

function congestionOf({ path }: Archive, row: number): string | undefined {
  const line = readArchiveText(path).split('\n')[row + 1] ?? '';
  const attribute = decodeRecord(line).attributes?.[INET_DIAG_CONG];
  return attribute ? Buffer.from(attribute).toString('latin1').replace(/\0.*/s, '') : undefined;
}

describe.skipIf(!haveLab('destroy events'))('destroy events', () => {
  it('end a connection at once, with final counters and the fields of the last scan', async ({ lab }) => {
    const port = await lab.nearPeer.listen('0.0.0.0');
    const ends = await lab.connectIn(port);
    const { near, far } = ends;
    const daemon = await lab.startDaemon({ args: [ONE_SCAN] });
    const events = await lab.readEvents();
    await near.send(SENT);
    await far.received(SENT);
    await lab.acknowledged();
    await close(ends);
    const uuid = await until('the close event', () => events.of('close')[0]?.UUID);
    expect(await daemon.metric('tcpinfo_scans_total{result="complete"}')).toBe(1);
    await daemon.stop();

    const { last, first, rows, files, ...recorded } = byPorts(readOutput(daemon.output), port, near.remotePort);
    expect(recorded.uuid).toBe(uuid);
    expect(files).toHaveLength(1);
    expect(rows).toHaveLength(2);
    expect(first.idm.state).toBe(TcpState.ESTABLISHED);
    expect(last.idm.state).toBe(TcpState.CLOSE);
    expect(sentBytes(last)).toBe(SENT);
    expect(last.idm).toMatchObject({ uid: first.idm.uid, inode: first.idm.inode });
    expect(last.idm.inode).toBeGreaterThan(0);
    const [file] = files;
    expect(file && congestionOf(file, 0)).toMatch(/^[a-z]/);
    expect(file && congestionOf(file, 1)).toBe(file && congestionOf(file, 0));
  });

  it('report a connection between two beats: Open, Close, and a file with one record in CLOSE', async ({ lab }) => {
    const port = await lab.nearPeer.listen('0.0.0.0');
    const daemon = await lab.startDaemon({ args: [ONE_SCAN] });
    const events = await lab.readEvents();
    const ends = await lab.connectIn(port);
    await ends.near.send(SENT);
    await ends.far.received(SENT);
    await close(ends);
    const { UUID } = await events.opened(port, ends.near.remotePort);
    await events.closed(UUID);
    expect(await daemon.metric('tcpinfo_scans_total{result="complete"}')).toBe(1);
    expect(await daemon.metric('tcpinfo_destroy_events_total{outcome="unseen"}')).toBe(1);
    expect(await daemon.metric('tcpinfo_sent_bytes_total')).toBeGreaterThanOrEqual(SENT);
    await daemon.stop();
    await events.ended();

    expect(events.lines).toHaveLength(2);
    const { files, rows, last } = byPorts(readOutput(daemon.output), port, ends.near.remotePort);
    expect(files.map(({ metadata }) => metadata.UUID)).toEqual([UUID]);
    expect(rows).toHaveLength(1);
    expect(last.idm.state).toBe(TcpState.CLOSE);
    expect(sentBytes(last)).toBe(SENT);
  });

  it('arrive late for a reset socket that its application holds, and do not reopen it', async ({ lab }) => {
    const daemon = await lab.startDaemon();
    const events = await lab.readEvents();
    const port = await lab.nearPeer.listen('0.0.0.0');
    const { near, far } = await lab.connectIn(port);
    const { UUID } = await events.opened(port, far.localPort);
    // An application that does not watch its socket does not notice, and does not close it.
    await near.hold();
    await far.reset();
    await events.closed(UUID);
    expect(await daemon.metric('tcpinfo_connections_closed_total{cause="vanished"}')).toBe(1);
    expect(await daemon.metric(awaited)).toBe(1);
    expect(await daemon.metric(late)).toBe(0);

    await near.destroy();
    await until('the late event', async () => (await daemon.metric(late)) === 1);
    expect(await daemon.metric(awaited)).toBe(0);
    await daemon.scanned();
    await daemon.stop();
    await events.ended();
    expect(events.lines).toHaveLength(2);
    expect(archivePaths(daemon.output)).toHaveLength(1);
  });

  it('end a connection that its own application resets, with a last record from the scan', async ({ lab }) => {
    const port = await lab.nearPeer.listen('0.0.0.0');
    const { near } = await lab.connectIn(port);
    const daemon = await lab.startDaemon({ args: [ONE_SCAN] });
    const events = await lab.readEvents();
    await near.reset();
    await until('the close event', () => events.of('close').length === 1);
    expect(await daemon.metric('tcpinfo_destroy_events_total{outcome="closed"}')).toBe(1);
    expect(await daemon.metric('tcpinfo_connections_closed_total{cause="disconnected"}')).toBe(1);
    expect(await daemon.metric(awaited)).toBe(0);
    expect(await daemon.metric('tcpinfo_connections')).toBe(0);
    await daemon.stop();
    const { first, last, rows } = byPorts(readOutput(daemon.output), port, near.remotePort);
    expect(rows).toHaveLength(2);
    expect(last.idm).toEqual({ ...first.idm, state: TcpState.CLOSE });
    // The kernel has wiped its counters: the record has those of the scan.
    expect(last.info).toEqual({ ...first.info, minRttUs: last.info?.minRttUs, sndWndBytes: last.info?.sndWndBytes });
    expect(last.info?.state).toBe(TcpState.ESTABLISHED);
  });

  it('of excluded sockets cause no event and no file', async ({ lab }) => {
    const { nearPeer } = lab;
    // The kernel filter would drop them.
    const args = [ONE_SCAN, `-exclude-srcport=${EXCLUDED_PORT}`, '-filter.kernel=false'];
    const daemon = await lab.startDaemon({ args });
    const events = await lab.readEvents();
    const port = await nearPeer.listen('::');
    await nearPeer.listen('::', { port: EXCLUDED_PORT });
    const before = await daemon.metric('tcpinfo_destroy_events_total{outcome="excluded"}');
    await close(await lab.connectIn(EXCLUDED_PORT));
    const loopback = await nearPeer.connect({ host: '127.0.0.1', port });
    await close({ near: loopback, far: await nearPeer.accepted(port, loopback.localPort) });
    // One of the cable, both sides of loopback; the scraper's own are added.
    await until('the excluded events', async () => {
      return (await daemon.metric('tcpinfo_destroy_events_total{outcome="excluded"}')) >= before + 3;
    });
    // Later events have arrived, so none of the excluded sockets is still to come.
    const kept = await lab.connectIn(port);
    await close(kept);
    await until('the close event', () => events.of('close').length > 0);
    expect(await daemon.metric('tcpinfo_connections_excluded')).toBeLessThanOrEqual(2);
    await daemon.stop();
    await events.ended();
    expect(events.of('open').map(({ ID }) => ID?.DPort)).toEqual([kept.far.localPort]);
    expect(archivePaths(daemon.output)).toHaveLength(1);
  });

  it('are off with --events.destroy=off', async ({ lab }) => {
    const daemon = await lab.startDaemon({ args: ['--events.destroy=off'] });
    const events = await lab.readEvents();
    expect(daemon.log).toMatch(/destroy_events=off/);
    const port = await lab.nearPeer.listen('0.0.0.0');
    const ends = await lab.connectIn(port);
    const { UUID } = await events.opened(port, ends.near.remotePort);
    await close(ends);
    await events.closed(UUID);
    expect(await daemon.metric('tcpinfo_destroy_events_listening')).toBe(0);
    for (const outcome of ['closed', 'unseen', 'late', 'excluded', 'unconnected']) {
      expect(await daemon.metric(`tcpinfo_destroy_events_total{outcome="${outcome}"}`)).toBe(0);
    }
    await daemon.stop();
    const { rows } = byPorts(readOutput(daemon.output), port, ends.near.remotePort);
    expect(rows.every(({ idm }) => idm.state !== TcpState.CLOSE)).toBe(true);
  });

  it('start the daemon with --events.destroy=on if available, and an invalid mode does not', async ({ lab }) => {
    const daemon = await lab.startDaemon({ args: ['--events.destroy=on'] });
    expect(daemon.log).toMatch(/destroy_events="queue for \d+ \(SO_RCVBUFFORCE\)"/);
    expect(await daemon.metric('tcpinfo_destroy_events_listening')).toBe(1);
    expect(await daemon.metric('tcpinfo_destroy_events_receive_buffer_bytes')).toBeGreaterThan(1e6);
    await daemon.stop();
    const bad = await lab.startDaemon({ args: ['--events.destroy=maybe'], ready: false });
    expect(await bad.exited()).toEqual({ code: 2, signal: null });
    expect(bad.log).toContain('-events.destroy=maybe: expected auto, on, off');
    expect(existsSync(bad.output)).toBe(false);
  });
});
