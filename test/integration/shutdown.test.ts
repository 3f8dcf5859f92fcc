import { existsSync } from 'node:fs';
import { describe, expect } from 'vitest';
import { byPorts, readOutput } from '../support/archives.js';
import { type DaemonProcess, lastStatus } from '../support/daemon.js';
import type { EventReader } from '../support/events.js';
import { haveLab, it, type Lab } from '../support/lab.js';
import type { PeerConnection } from '../support/peer.js';
import { havePrograms } from '../support/programs.js';
import { until } from '../support/waiting.js';

const BUSY = 200;
/** Far more than a busy machine needs, and far less than the 30 s that Kubernetes waits before it kills. */
const DEADLINE_MS = 15_000;

/** Opens connections that send continuously. */
async function makeBusy(lab: Lab, count: number): Promise<PeerConnection[]> {
  const port = await lab.nearPeer.listen('0.0.0.0');
  const far = await lab.farPeer.connectMany(count, { host: lab.near.ipv4, port });
  const near = await Promise.all(far.map(({ localPort }) => lab.nearPeer.accepted(port, localPort)));
  await lab.nearPeer.stream(near, 500, 20);
  return near;
}

/** Expects a complete end: files whole and closed, a close for each open, no socket left. */
function expectOrderlyEnd(lab: Lab, daemon: DaemonProcess, events: EventReader, connections: PeerConnection[]): void {
  expect(existsSync(lab.eventSocket)).toBe(false);
  const all = readOutput(daemon.output);
  expect(all).toHaveLength(connections.length);
  expect(all.reduce((sum, { rows }) => sum + rows.length, 0)).toBe(lastStatus(daemon.log, 'records'));
  expect(events.text.endsWith('\n')).toBe(true);
  for (const { localPort, remotePort } of connections) {
    const { uuid, rows } = byPorts(all, localPort, remotePort);
    expect(rows.length).toBeGreaterThan(1);
    expect(events.of('close', uuid)).toHaveLength(1);
  }
  expect(events.of('close')).toHaveLength(connections.length);
}

describe.skipIf(!haveLab('shutdown'))('shutdown', () => {
  it('by SIGTERM during heavy writing is quick, and loses nothing', async ({ lab }) => {
    // Frames are being written all the time.
    const daemon = await lab.startDaemon({ args: ['--archive.flush-age=100ms'] });
    const events = await lab.readEvents();
    const connections = await makeBusy(lab, BUSY);
    await until('much writing', async () => (await daemon.metric('tcpinfo_archive_frames_total{reason="age"}')) > BUSY);
    daemon.kill('SIGTERM');
    expect(await daemon.exited(DEADLINE_MS)).toEqual({ code: 0, signal: null });
    await events.ended();
    expectOrderlyEnd(lab, daemon, events, connections);
  });

  it.skipIf(!havePrograms('shutdown as PID 1', 'unshare'))('by SIGTERM works the same as PID 1', async ({ lab }) => {
    const wrapper = ['unshare', '--pid', '--fork', '--kill-child'];
    const daemon = await lab.startDaemon({ wrapper });
    const events = await lab.readEvents();
    const connections = await makeBusy(lab, 20);
    await until('rows', async () => (await daemon.metric('tcpinfo_snapshot_total')) > 200);
    daemon.kill('SIGTERM');
    expect(await daemon.exited(DEADLINE_MS)).toEqual({ code: 0, signal: null });
    await events.ended();
    expectOrderlyEnd(lab, daemon, events, connections);
  });

  it('by SIGINT works the same', async ({ lab }) => {
    const daemon = await lab.startDaemon();
    const events = await lab.readEvents();
    const connections = await makeBusy(lab, 3);
    await until('rows', async () => (await daemon.metric('tcpinfo_snapshot_total')) > 30);
    expect(await daemon.stop('SIGINT')).toEqual({ code: 0, signal: null });
    await events.ended();
    expectOrderlyEnd(lab, daemon, events, connections);
  });

  it('by several signals at once, as from a terminal through npm, loses nothing either', async ({ lab }) => {
    const daemon = await lab.startDaemon();
    const events = await lab.readEvents();
    const connections = await makeBusy(lab, BUSY);
    await until('rows', async () => (await daemon.metric('tcpinfo_snapshot_total')) > 1000);
    daemon.kill('SIGINT');
    daemon.kill('SIGTERM');
    expect(await daemon.stop('SIGINT')).toEqual({ code: 0, signal: null });
    await events.ended();
    expectOrderlyEnd(lab, daemon, events, connections);
  });

  it('by an internal error is logged, and loses nothing', async ({ lab }) => {
    const defect = "process.once('SIGUSR2',()=>{throw new Error('boom')})";
    const daemon = await lab.startDaemon({
      env: { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(defect)}` },
    });
    const events = await lab.readEvents();
    const connections = await makeBusy(lab, 20);
    await until('rows', async () => (await daemon.metric('tcpinfo_snapshot_total')) > 100);
    expect(await daemon.stop('SIGUSR2')).toEqual({ code: 1, signal: null });
    expect(daemon.log).toMatch(/level=error msg="unexpected error" error="Error: boom/);
    await events.ended();
    expectOrderlyEnd(lab, daemon, events, connections);
  });

  it('happens by itself after the number of scans in -reps', async ({ lab }) => {
    const connections = await makeBusy(lab, 5);
    const daemon = await lab.startDaemon({ args: ['-reps=100'] });
    const events = await lab.readEvents();
    expect(await daemon.exited()).toEqual({ code: 0, signal: null });
    await events.ended();
    const all = readOutput(daemon.output);
    expect(all).toHaveLength(connections.length);
    expect(events.of('close')).toHaveLength(connections.length);
    expect(existsSync(lab.eventSocket)).toBe(false);
    // The last one is made during the shutdown.
    expect([100, 101]).toContain(lastStatus(daemon.log, 'scans'));
    for (const { rows } of all) expect(rows.length).toBeLessThanOrEqual(101);
  });
});
