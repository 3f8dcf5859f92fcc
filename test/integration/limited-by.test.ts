import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { type ConnectionRow, Connections, type LimitedBy } from '../../analysis/index.js';
import { decodeRecord } from '../../parse/index.js';
import { RecordView } from '../../snapshot/index.js';
import { archivePaths, readArchiveText } from '../support/archives.js';
import { haveLab, it, type Lab } from '../support/lab.js';
import { Path, type PathOptions } from '../support/path.js';
import { havePrograms } from '../support/programs.js';
import { Running } from '../support/running.js';
import { until } from '../support/waiting.js';

const PROGRAM = join(import.meta.dirname, '..', 'support', 'limited.py');
const PORT = 5201;
const SECONDS = 4;

interface Traffic {
  readonly path?: PathOptions;
  /** Further arguments of the end that reads. */
  readonly read?: readonly string[];
  /** Of the end that sends. */
  readonly send?: readonly string[];
  /** Largest send buffer, where the kernel's is too small. */
  readonly wmemMax?: number;
}

/** Records one connection that near makes, and what analysis says of it. */
async function record(
  lab: Lab,
  { path: options = {}, read = [], send = [], wmemMax }: Traffic,
): Promise<ConnectionRow> {
  if (wmemMax !== undefined) lab.near.run('sh', '-c', `echo 4096 16384 ${wmemMax} > /proc/sys/net/ipv4/tcp_wmem`);
  await using path = await Path.lay(lab.near, lab.far, options);
  const daemon = await lab.startDaemon();
  await using reader = Running.inside(lab.far, 'python3', PROGRAM, 'read', String(PORT), ...read);
  await until('the reader', () => reader.output.includes('ready'));
  const to = [path.farIpv4, String(PORT), `--seconds=${SECONDS}`];
  await using sender = Running.inside(lab.near, 'python3', PROGRAM, 'send', ...to, ...send);
  expect(await sender.ended(60_000), sender.output).toBe(0);
  expect(await reader.ended(60_000), reader.output).toBe(0);
  await until('all ends', async () => (await daemon.metric('tcpinfo_connections')) === 0, 60_000);
  await daemon.stop();
  const rows = connections(daemon.output);
  expect(rows).toHaveLength(1);
  return rows[0] as ConnectionRow;
}

function connections(output: string): ConnectionRow[] {
  const rows: ConnectionRow[] = [];
  const all = new Connections((row) => rows.push(row));
  const view = new RecordView();
  for (const path of archivePaths(output)) {
    const lines = readArchiveText(path).trimEnd().split('\n');
    for (const record of lines.map(decodeRecord)) {
      if (record.metadata !== undefined) all.begin(record.metadata);
      if (record.rawIdm === undefined) continue;
      view.load(record);
      all.add(view);
    }
  }
  all.end();
  return rows;
}

/** The share of the time in which it had something to send. */
function shareOf({ limitedUs }: ConnectionRow, cause: LimitedBy): number {
  const { idle, ...others } = limitedUs;
  const busy = Object.values(others).reduce((sum, us) => sum + us, 0);
  return (cause === 'idle' ? idle : limitedUs[cause]) / busy;
}

const LONG: PathOptions = { delay: 0.04 };
const BUCKET = ['tbf', 'rate', '8mbit', 'burst', '10kb', 'limit', '20kb'];

describe.skipIf(!haveLab('limits') || !havePrograms('limits', 'tc', 'python3'))('what limits a connection', () => {
  const cases: readonly [what: string, limit: LimitedBy, traffic: Traffic][] = [
    ['a slow reader with a small receive buffer', 'rwnd', { read: ['--rcvbuf=8192', '--bytes-per-second=400000'] }],
    ['a small receive buffer over a long way', 'rwnd', { path: LONG, read: ['--rcvbuf=16384'] }],
    ['a small send buffer over a long way', 'sndbuf', { path: LONG, send: ['--sndbuf=16384'] }],
    ['a send buffer at its limit over a longer way', 'sndbuf', { path: { delay: 0.2 }, wmemMax: 1 << 18 }],
    ['segments that are lost at random', 'loss', { path: { ...LONG, loss: 0.05 } }],
    ['a token bucket that drops what it has no room for', 'loss', { path: { ...LONG, discipline: BUCKET } }],
    ['a program that sleeps', 'application', { path: LONG, send: ['--every=0.2', '--piece=5000'] }],
    ['SO_MAX_PACING_RATE', 'pacing', { path: LONG, send: ['--pacing=500000'] }],
    [
      'BBR, at the rate of its model',
      'pacing',
      {
        path: { ...LONG, discipline: ['tbf', 'rate', '8mbit', 'burst', '10kb', 'limit', '200kb'] },
        send: ['--algorithm=bbr'],
      },
    ],
    ['a long way and nothing else', 'cwnd', { path: { delay: 0.5 }, wmemMax: 1 << 27 }],
  ];

  it.for(cases)('is known of %s: %s', { timeout: 120_000 }, async ([, limit, traffic], { lab }) => {
    const row = await record(lab, traffic);
    expect(row.limitedBy).toBe(limit);
    expect(shareOf(row, limit)).toBeGreaterThan(0.5);
    expect(row).toMatchObject({ closedFirst: 'local', howEnded: 'closed' });
  });
});
