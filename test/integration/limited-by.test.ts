import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { type ConnectionRow, Connections, LIMITED_BY, type LimitedBy } from '../../analysis/index.js';
import { decodeRecord } from '../../parse/index.js';
import { RecordView } from '../../snapshot/index.js';
import { archivePaths, readArchiveText } from '../support/archives.js';
import { DaemonProcess } from '../support/daemon.js';
import { haveLab, it, type Lab } from '../support/lab.js';
import { Path, type PathOptions } from '../support/path.js';
import { havePrograms } from '../support/programs.js';
import { Running } from '../support/running.js';
import { until } from '../support/waiting.js';

const PROGRAM = join(import.meta.dirname, '..', 'support', 'limited.py');
const PORT = 5201;

/** One connection: near connects to far, over a path that is bad in one way. */
interface Traffic {
  readonly path?: PathOptions;
  /** Program at the far end, which accepts. */
  readonly far: readonly [mode: 'read' | 'serve', ...flags: string[]];
  /** Program at the near end, which connects. */
  readonly near: readonly [mode: 'send' | 'ask', ...flags: string[]];
  /** Largest send buffer of the near end, where the kernel's is too small. */
  readonly wmemMax?: number;
}

interface Recorded {
  readonly near: ConnectionRow;
  readonly far: ConnectionRow;
}

/** Records one connection at both of its ends. */
async function record(lab: Lab, { path: options = {}, far, near, wmemMax }: Traffic, keep = ''): Promise<Recorded> {
  if (wmemMax !== undefined) lab.near.run('sh', '-c', `echo 4096 16384 ${wmemMax} > /proc/sys/net/ipv4/tcp_wmem`);
  await using path = await Path.lay(lab.near, lab.far, options);
  const daemons = [
    await lab.startDaemon(),
    await DaemonProcess.start({ namespace: lab.far, scraper: lab.farPeer, output: join(lab.folder, 'far') }),
  ];
  try {
    const [farMode, ...farFlags] = far;
    await using acceptor = Running.inside(lab.far, 'python3', PROGRAM, farMode, String(PORT), ...farFlags);
    await until('the far program', () => acceptor.output.includes('ready'));
    const [nearMode, ...nearFlags] = near;
    const to = [nearMode, path.farIpv4, String(PORT), ...nearFlags];
    await using connector = Running.inside(lab.near, 'python3', PROGRAM, ...to);
    expect(await connector.ended(60_000), connector.output).toBe(0);
    expect(await acceptor.ended(60_000), acceptor.output).toBe(0);
    for (const daemon of daemons) {
      await until('all ends', async () => (await daemon.metric('tcpinfo_connections')) === 0, 60_000);
    }
  } finally {
    for (const daemon of daemons) await daemon.stop();
  }
  const [nearRow, farRow] = daemons.map(({ output }, i) => {
    if (process.env['TRUTH_KEEP'])
      cpSync(output, join(process.env['TRUTH_KEEP'], keep, i === 0 ? 'near' : 'far'), { recursive: true });
    const rows = connections(output);
    expect(rows).toHaveLength(1);
    return rows[0];
  });
  return { near: nearRow as ConnectionRow, far: farRow as ConnectionRow };
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

/** Shares of the time that is not idle, in percent; of idle, its share of all time. */
function shares({ limitedUs }: ConnectionRow): Record<LimitedBy, number> {
  const all = LIMITED_BY.reduce((sum, cause) => sum + limitedUs[cause], 0);
  const active = all - limitedUs.idle;
  return Object.fromEntries(
    LIMITED_BY.map((cause) => [cause, (100 * limitedUs[cause]) / ((cause === 'idle' ? all : active) || 1)]),
  ) as Record<LimitedBy, number>;
}

const LONG: PathOptions = { delay: 0.04 };
const FOR = '--seconds=4';

const CASES: readonly [what: string, near: LimitedBy | Record<string, LimitedBy>, far: LimitedBy, traffic: Traffic][] =
  [
    [
      'a slow reader',
      'rwnd',
      'application',
      { path: LONG, far: ['read', '--bytes-per-second=400000'], near: ['send', FOR] },
    ],
    [
      'a reader that stops',
      'rwnd',
      'application',
      { path: LONG, far: ['read', '--stop-after=200000', '--stop-for=4'], near: ['send', '--seconds=0.5'] },
    ],
    ['a small send buffer', 'sndbuf', 'peer', { path: LONG, far: ['read'], near: ['send', FOR, '--sndbuf=16384'] }],
    [
      '2 % loss',
      { cubic: 'loss', reno: 'loss', bbr: 'pacing' },
      'peer',
      {
        path: { ...LONG, loss: 0.02, discipline: ['tbf', 'rate', '50mbit', 'burst', '20kb', 'limit', '1mb'] },
        far: ['read'],
        near: ['send', FOR],
      },
    ],
    [
      'a bottleneck with a queue',
      { cubic: 'cwnd', reno: 'cwnd', bbr: 'pacing' },
      'peer',
      {
        path: { ...LONG, discipline: ['tbf', 'rate', '8mbit', 'burst', '10kb', 'limit', '8mb'] },
        far: ['read'],
        near: ['send', FOR],
        wmemMax: 1 << 25,
      },
    ],
    [
      'a policer',
      { cubic: 'loss', reno: 'loss', bbr: 'loss' },
      'peer',
      {
        path: { ...LONG, discipline: ['tbf', 'rate', '8mbit', 'burst', '10kb', 'limit', '20kb'] },
        far: ['read'],
        near: ['send', FOR],
      },
    ],
    [
      'a program that sleeps',
      'application',
      'peer',
      { path: LONG, far: ['read'], near: ['send', FOR, '--every=0.2', '--piece=5000'] },
    ],
    [
      'a server that thinks',
      'peer',
      'application',
      { path: LONG, far: ['serve', '--think=0.3'], near: ['ask', '--requests=10'] },
    ],
    ['a download', 'peer', 'cwnd', { path: LONG, far: ['serve', FOR], near: ['ask'] }],
    [
      'silence with keepalives',
      'idle',
      'idle',
      { path: LONG, far: ['serve'], near: ['ask', '--requests=2', '--pause=3', '--after=3', '--keepalive'] },
    ],
  ];

const ALGORITHMS = ['cubic', 'bbr', 'reno'];

describe.skipIf(!haveLab('limits') || !havePrograms('limits', 'tc', 'python3'))('what limits a connection', () => {
  for (const [what, near, far, traffic] of CASES) {
    it.for(ALGORITHMS)(`is known of ${what} with %s`, { timeout: 120_000 }, async (algorithm, { lab }) => {
      const flag = `--algorithm=${algorithm}`;
      const [farMode] = traffic.far;
      const of = {
        ...traffic,
        far: farMode === 'serve' ? ([...traffic.far, flag] as const) : traffic.far,
        near: [...traffic.near, flag] as const,
      };
      const rows = await record(lab, of as Traffic, `${what.replaceAll(' ', '-')}/${algorithm}`);
      const expected = { near: typeof near === 'string' ? near : near[algorithm], far };
      for (const end of ['near', 'far'] as const) {
        const row = rows[end];
        console.log(
          what,
          algorithm,
          end,
          'want',
          expected[end],
          'got',
          row.limitedBy,
          row.limitedByEvidence,
          JSON.stringify(shares(row), (_, v) => (typeof v === 'number' ? Math.round(v) : v)),
        );
      }
    });
  }
});
