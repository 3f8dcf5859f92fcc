import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { RowJson, ViewJson } from '../../live/wire/index.js';
import { haveLab, it } from '../support/lab.js';
import { LiveClient } from '../support/live-client.js';
import { havePrograms } from '../support/programs.js';
import { Running } from '../support/running.js';
import { until } from '../support/waiting.js';

const COUNT = 200;
const PORT = 5300;
const PROGRAM = join(import.meta.dirname, '../support/mixed.py');

/** Values of one connection, by the names of `ss`. */
type Values = Readonly<Record<string, string | number | undefined>>;

/** Names of states in `ss`. */
const STATES: Readonly<Record<string, string>> = {
  ESTABLISHED: 'ESTAB',
  CLOSE_WAIT: 'CLOSE-WAIT',
  FIN_WAIT2: 'FIN-WAIT-2',
};

/** Returns what `ss -tinpH` says of each connection, by its local port. */
function parseSs(text: string): Map<number, Values> {
  const all = new Map<number, Values>();
  const lines = text.split('\n').filter((line) => line !== '');
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const [state = '', rqueue, wqueue, local = '', , users = ''] = (lines[i] ?? '').trim().split(/\s+/);
    const info = ` ${lines[i + 1]?.trim() ?? ''} `;
    const number = (name: string): number | undefined => {
      const found = new RegExp(` ${name}:([\\d.]+)[ /]`).exec(info)?.[1];
      return found === undefined ? undefined : Number(found);
    };
    const pair = / rtt:([\d.]+)\/([\d.]+) /.exec(info);
    all.set(Number(local.split(':').at(-1)), {
      state,
      rqueue: Number(rqueue),
      wqueue: Number(wqueue),
      command: /\(\("([^"]*)",pid=(\d+)/.exec(users)?.[1],
      pid: Number(/pid=(\d+)/.exec(users)?.[1] ?? Number.NaN),
      rttMs: pair === null ? undefined : Number(pair[1]),
      rttvarMs: pair === null ? undefined : Number(pair[2]),
      mss: number('mss'),
      cwnd: number('cwnd'),
      bytesSent: number('bytes_sent'),
      bytesAcked: number('bytes_acked'),
      bytesReceived: number('bytes_received'),
      segsOut: number('segs_out'),
      segsIn: number('segs_in'),
      dataSegsOut: number('data_segs_out'),
      dataSegsIn: number('data_segs_in'),
      notsent: number('notsent'),
      minrttMs: number('minrtt'),
      sndWnd: number('snd_wnd'),
      algorithm: /^ (?:ts )?(?:sack )?(\w+)/.exec(info)?.[1],
    });
  }
  return all;
}

/** Returns the same values of a row. `ss` leaves out counters that are 0. */
function valuesOf({ state = '', connection, now, process }: RowJson): Values {
  const unlessZero = (value: number | null | undefined) => value || undefined;
  return {
    state: STATES[state] ?? state,
    rqueue: now?.rqueueBytes ?? undefined,
    wqueue: now?.wqueueBytes ?? undefined,
    command: process?.command,
    pid: process?.pid ?? Number.NaN,
    rttMs: now?.rttUs === null || now?.rttUs === undefined ? undefined : now.rttUs / 1000,
    rttvarMs: now?.rttvarUs === null || now?.rttvarUs === undefined ? undefined : now.rttvarUs / 1000,
    mss: now?.sndMssBytes ?? undefined,
    cwnd: now?.sndCwnd ?? undefined,
    bytesSent: unlessZero(connection?.bytesSent),
    bytesAcked: unlessZero(connection?.bytesAcked),
    bytesReceived: unlessZero(connection?.bytesReceived),
    segsOut: unlessZero(connection?.segsOut),
    segsIn: unlessZero(connection?.segsIn),
    dataSegsOut: unlessZero(connection?.dataSegsOut),
    dataSegsIn: unlessZero(connection?.dataSegsIn),
    notsent: unlessZero(now?.notsentBytes),
    minrttMs: now?.minRttUs === null || now?.minRttUs === undefined ? undefined : now.minRttUs / 1000,
    sndWnd: unlessZero(now?.sndWndBytes),
    algorithm: now?.congestionAlgorithm ?? undefined,
  };
}

describe.skipIf(!(haveLab('the live API beside ss') && havePrograms('the live API beside ss', 'python3', 'ss')))(
  'the live API beside ss',
  () => {
    it('shows the same numbers of 200 mixed connections', async ({ lab }) => {
      const path = join(lab.folder, 'live.sock');
      await lab.startDaemon({ args: [`-live=unix:${path}`] });
      const live = new LiveClient(path);
      const args = [lab.far.ipv4, String(PORT), String(COUNT)];
      await using listener = Running.inside(lab.far, 'python3', PROGRAM, 'listen', ...args);
      await until('the listener', () => listener.output.includes('ready'));
      await using connector = Running.inside(lab.near, 'python3', PROGRAM, 'connect', ...args);
      await until(
        'the connections',
        () => connector.output.includes('connected') && listener.output.includes('accepted'),
        60_000,
      );
      const ask = async (): Promise<Map<number, Values>> => {
        const parameters = { filter: `dport ${PORT}`, fields: 'all', limit: 1000 };
        const { connections } = (await live.get<ViewJson>('/connections', parameters)).body;
        return new Map(connections.map((row) => [row.connection?.localPort ?? 0, valuesOf(row)]));
      };
      const byPort = (values: Map<number, Values>) => Object.fromEntries([...values].sort(([a], [b]) => a - b));
      // Probes of closed windows go on, so both are asked until nothing happened in between.
      let [rows, sockets] = [new Map<number, Values>(), new Map<number, Values>()];
      await until(
        'both to agree',
        async () => {
          rows = await ask();
          sockets = parseSs(lab.near.run('ss', '-tinpH', 'dport', '=', `:${PORT}`));
          return rows.size === COUNT && JSON.stringify(byPort(rows)) === JSON.stringify(byPort(sockets));
        },
        60_000,
      ).catch(() => undefined);
      expect(sockets.size).toBe(COUNT);
      expect(byPort(rows)).toEqual(byPort(sockets));
      expect(new Set([...sockets.values()].map(({ state }) => state))).toEqual(new Set(['ESTAB', 'CLOSE-WAIT']));
    });
  },
);
