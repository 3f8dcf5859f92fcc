import { describe, expect } from 'vitest';
import { byPorts, readOutput, sentBytes } from '../support/archives.js';
import { haveLab, it } from '../support/lab.js';
import { until } from '../support/waiting.js';

const INTERVAL_SECONDS = 0.001;
/** A budget of five microseconds per beat: no scan is that fast. */
const ARGS = ['--scan.interval=1ms', '--scan.cpu-budget=0.5%'];

describe.skipIf(!haveLab('CPU budget'))('--scan.cpu-budget', () => {
  it('stretches the interval, logs it, and loses nothing', async ({ lab }) => {
    const daemon = await lab.startDaemon({ args: ARGS });
    const effective = async (): Promise<number> => await daemon.metric('tcpinfo_scan_effective_interval_seconds');
    const { near, far } = await lab.connectOut(await lab.farPeer.listen('0.0.0.0'));
    await until('a longer interval', async () => (await effective()) > 2 * INTERVAL_SECONDS);
    const leftOut = 'tcpinfo_scan_beats_skipped_total{reason="budget"}';
    await until('beats left out', async () => (await daemon.metric(leftOut)) > 0);
    expect(await daemon.metric('tcpinfo_scan_interval_seconds')).toBe(INTERVAL_SECONDS);
    await near.send(10_000);
    await far.received(10_000);
    await daemon.scanned();
    await Promise.all([near.end(), far.end()]);
    await until('the end', async () => (await daemon.metric('tcpinfo_connections')) === 0);
    await daemon.stop();
    const [, intervalMs] = /msg=status .*\binterval_ms=([\d.]+)/.exec(daemon.log) ?? [];
    expect(Number(intervalMs)).toBeGreaterThan(2 * INTERVAL_SECONDS * 1000);
    const { last } = byPorts(readOutput(daemon.output), near.localPort, near.remotePort);
    expect(sentBytes(last)).toBe(10_000);
  });
});
