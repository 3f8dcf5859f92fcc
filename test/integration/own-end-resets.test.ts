import { join, resolve } from 'node:path';
import { describe, expect } from 'vitest';
import { connectionRows } from '../support/connection-rows.js';
import type { DaemonProcess } from '../support/daemon.js';
import { haveLab, it } from '../support/lab.js';
import { widen } from '../support/load.js';
import { havePrograms } from '../support/programs.js';
import { Running } from '../support/running.js';
import { SLOWNESS } from '../support/sanitizers.js';
import { until } from '../support/waiting.js';

const PROGRAM = join(resolve(import.meta.dirname, '../support'), 'short-ends.py');
const PORT = 20_000;
const COUNT = 5000;
const CONNECTS = 500;
const REUSES = 2000;
const DEADLINE_MS = 120_000;

/** Returns the cookies printed by a program, one per line. */
function cookiesOf({ output }: Running): string[] {
  return output.split('\n').filter((line) => /^[0-9A-F]{16}$/.test(line));
}

/** Returns the number of destroy events with an outcome. */
async function events(daemon: DaemonProcess, outcome: string): Promise<number> {
  return await daemon.metric(`tcpinfo_destroy_events_total{outcome="${outcome}"}`);
}

/**
 * Returns the connections that the near side has opened, less those that it has taken in, as the kernel counts them. A
 * scrape is one of each.
 */
async function outgoing(daemon: DaemonProcess): Promise<number> {
  const page = await daemon.scrape();
  const opened = (kind: string): number => {
    const found = new RegExp(`^tcpinfo_kernel_opens_total\\{kind="${kind}"\\} (\\S+)$`, 'm').exec(page)?.[1];
    if (found === undefined) throw new Error(`no ${kind} opens in ${page}`);
    return Number(found);
  };
  return opened('active') - opened('passive');
}

const isHere = haveLab('short ends') && havePrograms('short ends', 'python3');

describe.skipIf(!isHere)('connections that lose their peer before their end is reported', () => {
  it.for(['client', 'server'] as const)(
    'are all archived with their end or counted: 5,000 reset by the local side as %s',
    { timeout: 300_000 * SLOWNESS },
    async (side, { lab }) => {
      widen(lab);
      const daemon = await lab.startDaemon();
      const before = await outgoing(daemon);
      const [here, there] = side === 'client' ? [lab.near, lab.far] : [lab.far, lab.near];
      const reset = (isOwn: boolean): string[] => (isOwn ? ['--reset'] : []);
      await using server = Running.inside(
        there,
        'python3',
        ...[PROGRAM, 'serve', String(PORT), ...reset(side === 'server')],
      );
      await until('the server', () => server.output.includes('ready\n'));
      await using client = Running.inside(
        here,
        'python3',
        ...[PROGRAM, 'connect', there.ipv4, String(PORT), String(COUNT), ...reset(side === 'client')],
      );
      expect([await client.ended(DEADLINE_MS), client.output.includes('Error')]).toEqual([0, false]);
      const own = cookiesOf(side === 'client' ? client : server);
      expect(own).toHaveLength(COUNT);
      await until('all events', async () => {
        const ended = (await events(daemon, 'closed')) + (await events(daemon, 'unrecorded_reset'));
        return ended >= COUNT && (await daemon.metric('tcpinfo_connections')) === 0;
      });
      const unrecorded = await events(daemon, 'unrecorded_reset');
      expect((await outgoing(daemon)) - before).toBe(side === 'client' ? COUNT : -COUNT);
      expect(await daemon.metric('tcpinfo_destroy_events_lost_total')).toBe(0);
      for (const outcome of ['unseen', 'late', 'unconnected', 'unrecorded_failed']) {
        expect([outcome, await events(daemon, outcome)]).toEqual([outcome, 0]);
      }
      await daemon.stop();
      const rows = connectionRows(daemon.output);
      expect(rows.length + unrecorded).toBe(COUNT);
      expect(rows.filter(({ howEnded }) => howEnded !== 'reset_local')).toEqual([]);
      const cookies = new Set(own);
      expect(rows.filter(({ uuid }) => !cookies.has(uuid?.slice(-16) ?? ''))).toEqual([]);
      // Said once, however many there are.
      expect(daemon.log.match(/are counted but not recorded/g)).toHaveLength(unrecorded > 0 ? 1 : 0);
    },
  );

  it('are all archived with their end or counted: 500 refused blocking connects', async ({ lab }) => {
    widen(lab);
    const daemon = await lab.startDaemon();
    await using client = Running.inside(
      lab.near,
      'python3',
      ...[PROGRAM, 'refused', lab.far.ipv4, String(PORT), String(CONNECTS)],
    );
    expect(await client.ended(DEADLINE_MS)).toBe(0);
    expect(cookiesOf(client)).toHaveLength(CONNECTS);
    await until('all events', async () => {
      const ended = (await events(daemon, 'closed')) + (await events(daemon, 'unrecorded_failed'));
      return ended >= CONNECTS && (await daemon.metric('tcpinfo_connections')) === 0;
    });
    const unrecorded = await events(daemon, 'unrecorded_failed');
    expect(await events(daemon, 'unrecorded_reset')).toBe(0);
    await daemon.stop();
    const rows = connectionRows(daemon.output);
    expect(rows.length + unrecorded).toBe(CONNECTS);
    expect(rows.filter(({ howEnded }) => howEnded !== 'refused')).toEqual([]);
  });

  it('are all in the count of the kernel: 2,000 connections of one socket', async ({ lab }) => {
    widen(lab);
    const daemon = await lab.startDaemon();
    const before = await outgoing(daemon);
    await using server = Running.inside(lab.far, 'python3', PROGRAM, 'serve', String(PORT));
    await until('the server', () => server.output.includes('ready\n'));
    const again = ['again', lab.far.ipv4, String(PORT), String(REUSES)];
    await using client = Running.inside(lab.near, 'python3', PROGRAM, ...again);
    expect([await client.ended(DEADLINE_MS), client.output]).toEqual([0, expect.stringMatching(/^[0-9A-F]{16}\n$/)]);
    // However often it connected, the kernel reports the end of the socket once.
    await until('the end', async () => {
      const ended = (await events(daemon, 'closed')) + (await events(daemon, 'unrecorded_reset'));
      return ended === 1 && (await daemon.metric('tcpinfo_connections')) === 0;
    });
    expect((await outgoing(daemon)) - before).toBe(REUSES);
    const seen = await daemon.metric('tcpinfo_connections_opened_total{first_seen="scan"}');
    const ended = await daemon.metric('tcpinfo_connections_closed_total{cause="reconnected"}');
    const unrecorded = await events(daemon, 'unrecorded_reset');
    expect(seen - ended).toBe(1 - unrecorded);
    expect(seen + unrecorded).toBeLessThanOrEqual(REUSES);
    await daemon.stop();
    // Connections that scans saw are in archives of one UUID.
    const cookies = new Set(connectionRows(daemon.output).map(({ uuid }) => uuid?.slice(-16)));
    expect([...cookies]).toEqual(seen === 0 ? [] : cookiesOf(client));
  });
});
