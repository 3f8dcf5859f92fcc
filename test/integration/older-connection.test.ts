import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect } from 'vitest';
import { byPorts, readOutput } from '../support/archives.js';
import { DAEMON } from '../support/daemon.js';
import { haveLab, it } from '../support/lab.js';
import { until } from '../support/waiting.js';

const run = promisify(execFile);

async function tcpInfo(...args: readonly string[]): Promise<string> {
  return (await run(process.execPath, [DAEMON, ...args], { maxBuffer: 1 << 26 })).stdout;
}

interface Totals {
  readonly bytesSent: number;
  readonly bytesRetrans: number;
}

/** Returns payload bytes, each counted once: a tail loss probe may repeat some. */
function once({ bytesSent, bytesRetrans }: Totals): number {
  return bytesSent - bytesRetrans;
}

const BEFORE = 1_000_000;
const RECORDED = 300_000;

describe.skipIf(!haveLab('older connections'))('a connection older than its recording', () => {
  it('has the bytes moved while recorded, and those since it began', async ({ lab }) => {
    const port = await lab.farPeer.listen(lab.far.ipv4);
    const { near, far } = await lab.connectOut(port);
    await near.send(BEFORE);
    await far.received(BEFORE);
    await far.send(5_000);
    await near.received(5_000);
    await lab.acknowledged();
    await until('the connection to grow old', () => {
      const [, ms = '0'] = /lastsnd:(\d+)/.exec(lab.near.run('ss', '-Htin', 'dport', '=', `:${port}`)) ?? [];
      return Number(ms) >= 1000;
    });

    const daemon = await lab.startDaemon();
    await daemon.scanned();
    await near.send(RECORDED);
    await far.received(BEFORE + RECORDED);
    await daemon.scanned();
    await near.destroy();
    await far.destroy();
    await until('its end', async () => (await daemon.metric('tcpinfo_connections')) === 0);
    await daemon.stop();

    const { uuid } = byPorts(readOutput(daemon.output), near.localPort, port);
    const shown = JSON.parse(await tcpInfo('show', '--format=json', uuid, daemon.output)) as {
      readonly totals: {
        readonly recorded: Totals & { readonly durationUs: number };
        readonly sinceBirth: Totals & { readonly atLeastUs: number };
      };
      readonly connection: { readonly olderByUs: number; readonly durationUs: number };
    };
    const { recorded, sinceBirth } = shown.totals;
    expect(once(recorded)).toBe(RECORDED);
    expect(once(sinceBirth)).toBe(BEFORE + RECORDED);
    expect(shown.connection.olderByUs).toBeGreaterThanOrEqual(1_000_000);
    expect(recorded.durationUs).toBe(shown.connection.durationUs);
    expect(sinceBirth.atLeastUs).toBe(shown.connection.olderByUs + recorded.durationUs);
    expect(await tcpInfo('show', uuid, daemon.output)).toMatch(
      /^sent +3\d\d kB in the [\d.]+ m?s recorded, .* while active; 1\.\d+ MB since it began at least [\d.]+ m?s ago$/m,
    );
    expect(await tcpInfo('show', '--html', '-', uuid, daemon.output)).toMatch(/1\.\d+ MB since it began at least /);

    const summary = JSON.parse(await tcpInfo('summary', '--format=json', daemon.output)) as Totals & {
      readonly peers: readonly Totals[];
      readonly beforeRecording: Totals;
    };
    expect(once(summary)).toBe(RECORDED);
    expect(summary.peers.map(once)).toEqual([RECORDED]);
    expect(once(summary.beforeRecording)).toBe(BEFORE);
    expect(summary.beforeRecording).toMatchObject({ connections: 1, bytesReceived: 5_000 });
    expect(await tcpInfo('summary', daemon.output)).toMatch(
      /1 connection had sent [\d.]+ MB and received 5 kB before its recording/,
    );
  });
});
