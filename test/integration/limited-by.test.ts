import { describe, type ExpectStatic } from 'vitest';
import { connectionVerdict, LIMITED_BY, type LimitedBy } from '../../analysis/index.js';
import { haveLab, it } from '../support/lab.js';
import { type RecordedEnd, recordBothEnds, type Traffic } from '../support/limited.js';
import type { PathOptions } from '../support/path.js';
import { havePrograms } from '../support/programs.js';
import { runDaemon } from '../support/run.js';
import { isSanitized, SLOWNESS, unfitForSanitizers } from '../support/sanitizers.js';

/** Minimum share of the expected cause in the time that is not idle. */
const LEAST_SHARE = 0.8;

const LONG: PathOptions = { delay: 0.04 };
const FOR = '--seconds=4';

const queue = (rate: string, limit: string): readonly string[] => [
  'tbf',
  'rate',
  rate,
  'burst',
  '10kb',
  'limit',
  limit,
];

/** A cause, or one per congestion algorithm: BBR sends at its measured rate in spite of losses. */
type Cause = LimitedBy | Readonly<Record<string, LimitedBy>>;

const ALGORITHMS = ['cubic', 'bbr', 'reno'] as const;
const LOSS: Cause = { cubic: 'loss', reno: 'loss', bbr: 'pacing' };
const QUEUE: Cause = { cubic: 'cwnd', reno: 'cwnd', bbr: 'pacing' };

interface Case {
  readonly what: string;
  readonly near: Cause;
  readonly far: Cause;
  readonly traffic: Traffic;
}

const CASES: readonly Case[] = [
  {
    what: 'a slow reader',
    near: 'rwnd',
    far: 'application',
    traffic: { path: LONG, far: ['read', '--bytes-per-second=400000'], near: ['send', FOR] },
  },
  {
    what: 'a reader that stops',
    near: 'rwnd',
    far: 'application',
    traffic: { path: LONG, far: ['read', '--stop-after=200000', '--stop-for=5'], near: ['send', '--seconds=0.4'] },
  },
  {
    what: 'a small send buffer',
    near: 'sndbuf',
    far: 'peer',
    traffic: { path: LONG, far: ['read'], near: ['send', FOR, '--sndbuf=16384'] },
  },
  {
    what: '2 % loss',
    near: LOSS,
    far: 'peer',
    traffic: { path: { ...LONG, loss: 0.02, discipline: queue('10mbit', '1mb') }, far: ['read'], near: ['send', FOR] },
  },
  {
    what: 'a bottleneck with a queue',
    near: QUEUE,
    far: 'peer',
    traffic: {
      path: { ...LONG, discipline: queue('8mbit', '8mb') },
      far: ['read'],
      near: ['send', FOR],
      wmemMax: 1 << 25,
    },
  },
  {
    what: 'a policer',
    near: LOSS,
    far: 'peer',
    traffic: { path: { ...LONG, discipline: queue('8mbit', '20kb') }, far: ['read'], near: ['send', FOR] },
  },
  {
    what: 'a program that sleeps',
    near: 'application',
    far: 'peer',
    traffic: { path: LONG, far: ['read'], near: ['send', FOR, '--every=0.2', '--piece=5000'] },
  },
  {
    what: 'a server that thinks',
    near: 'peer',
    far: 'application',
    traffic: { path: LONG, far: ['serve', '--think=0.3'], near: ['ask', '--requests=10'] },
  },
  {
    what: 'a download',
    near: 'peer',
    far: QUEUE,
    traffic: {
      path: { ...LONG, nearDiscipline: queue('8mbit', '8mb') },
      far: ['serve', FOR],
      near: ['ask'],
      wmemMax: 1 << 25,
    },
  },
  {
    what: 'silence with keepalives',
    near: 'idle',
    far: 'idle',
    traffic: { path: LONG, far: ['serve'], near: ['ask', '--requests=2', '--pause=3', '--after=3', '--keepalive'] },
  },
];

/** Returns the shares of the causes: idle as a share of all time, the others as shares of the active time. */
function shares(us: Readonly<Record<LimitedBy, number>>): Record<LimitedBy, number> {
  const all = LIMITED_BY.reduce((sum, cause) => sum + us[cause], 0);
  const share = (cause: LimitedBy): number => us[cause] / ((cause === 'idle' ? all : all - us.idle) || 1);
  return Object.fromEntries(LIMITED_BY.map((cause) => [cause, share(cause)])) as Record<LimitedBy, number>;
}

/** Expects a cause to be the largest and to have most of the time, optionally together with a second one. */
function expectCause(
  expect: ExpectStatic,
  us: Readonly<Record<LimitedBy, number>>,
  cause: LimitedBy,
  least: number = LEAST_SHARE,
  beside?: LimitedBy,
): void {
  const found = shares(us);
  const said = JSON.stringify(found, (_, value) => (typeof value === 'number' ? Math.round(100 * value) : value));
  const { idle, ...active } = found;
  if (cause === 'idle') {
    expect(idle, said).toBeGreaterThan(least);
    return;
  }
  expect(found[cause], said).toBe(Math.max(...Object.values(active)));
  expect(found[cause] + (beside === undefined ? 0 : found[beside]), said).toBeGreaterThanOrEqual(least);
}

/** Returns the time by cause in the metric, over all port groups; idle time is not in it. */
function metricUs(page: string): Record<LimitedBy, number> {
  const us = Object.fromEntries(LIMITED_BY.map((cause) => [cause, 0])) as Record<LimitedBy, number>;
  for (const cause of LIMITED_BY) {
    const pattern = new RegExp(`^tcpinfo_network_limited_seconds_total\\{by="${cause}",.*\\} (\\S+)$`, 'gm');
    for (const [, seconds] of page.matchAll(pattern)) us[cause] += 1e6 * Number(seconds);
  }
  return us;
}

async function output(expect: ExpectStatic, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runDaemon(args);
  expect(code, stderr).toBe(0);
  return stdout;
}

/** Expects every tool to show the same cause as the library's row. */
async function expectAgreement(expect: ExpectStatic, { output: folder, row }: RecordedEnd): Promise<void> {
  const { uuid, limitedBy, limitedUs, limitedByEvidence } = row;
  const sql = 'SELECT uuid, limited_by, limited_by_evidence, rwnd_share, peer_share FROM connections';
  const [found] = JSON.parse(await output(expect, 'query', '--format=json', sql, folder));
  const all = LIMITED_BY.reduce((sum, cause) => sum + limitedUs[cause], 0);
  expect(found).toMatchObject({ uuid, limited_by: limitedBy, limited_by_evidence: limitedByEvidence });
  expect(found.rwnd_share).toBeCloseTo(limitedUs.rwnd / all, 6);
  expect(found.peer_share).toBeCloseTo(limitedUs.peer / all, 6);
  const shown = JSON.parse(await output(expect, 'show', '--format=json', uuid ?? '', folder));
  expect(shown.connection).toMatchObject({ limitedBy, limitedUs });
  const summed = JSON.parse(await output(expect, 'summary', '--format=json', folder));
  for (const cause of LIMITED_BY) {
    expect(summed.limitedBy[cause].us).toBe(limitedUs[cause]);
    expect(summed.limitedBy[cause].connections).toBe(limitedBy === cause ? 1 : 0);
  }
}

const HAVE_ALL = haveLab('limits') && havePrograms('limits', 'tc', 'python3');
// The path and both programs share the processors with the collectors. Under sanitizers these take so much that the
// machine is the limit, not the case's cause. What every tool says of the limit is still compared.
const canJudge = HAVE_ALL && !unfitForSanitizers('causes of limits', 'takes the processors from the path');

describe.skipIf(!HAVE_ALL).concurrent('the limiting cause', () => {
  for (const { what, near, far, traffic } of CASES) {
    it.for(ALGORITHMS)(
      `is known for ${what} with %s, on both sides`,
      { timeout: 240_000 * SLOWNESS },
      async (algorithm, { lab, expect }) => {
        const flag = `--algorithm=${algorithm}`;
        const [farMode] = traffic.far;
        const farFlags: readonly string[] = farMode === 'serve' ? [flag] : [];
        const ends = await recordBothEnds(lab, {
          ...traffic,
          near: [...traffic.near, flag],
          far: [...traffic.far, ...farFlags],
        });
        for (const [end, cause] of [['near', near] as const, ['far', far] as const]) {
          await expectAgreement(expect, ends[end]);
          if (isSanitized) continue;
          const expected = typeof cause === 'string' ? cause : (cause[algorithm] ?? 'idle');
          const recorded = ends[end];
          // BBR continues at its rate and recovers from losses meanwhile: both causes are true for this path.
          const beside = cause === LOSS && expected === 'pacing' ? 'loss' : undefined;
          expectCause(expect, recorded.row.limitedUs, expected, LEAST_SHARE, beside);
          if (expected !== 'idle') expect(recorded.row.limitedBy).toBe(expected);
          // The metric excludes idle time.
          if (expected !== 'idle') expectCause(expect, metricUs(recorded.metrics), expected, LEAST_SHARE, beside);
        }
      },
    );
  }
});

describe.skipIf(!canJudge).concurrent('the limiting cause on the sending side', () => {
  const cases: readonly [what: string, limit: LimitedBy, traffic: Traffic][] = [
    [
      'a small receive buffer over a long path',
      'rwnd',
      { path: LONG, far: ['read', '--rcvbuf=16384'], near: ['send', FOR] },
    ],
    [
      'a send buffer at its limit over a longer path',
      'sndbuf',
      { path: { delay: 0.2 }, far: ['read'], near: ['send', FOR], wmemMax: 1 << 18 },
    ],
    ['SO_MAX_PACING_RATE', 'pacing', { path: LONG, far: ['read'], near: ['send', FOR, '--pacing=500000'] }],
    [
      'a long path and nothing else',
      'cwnd',
      { path: { delay: 0.5 }, far: ['read'], near: ['send', FOR], wmemMax: 1 << 27, rmem: 1 << 24 },
    ],
  ];

  it.for(cases)('is known for %s: %s', { timeout: 120_000 }, async ([, limit, traffic], { lab, expect }) => {
    const { near } = await recordBothEnds(lab, traffic);
    // The start of a connection takes its share of the time.
    expectCause(expect, near.row.limitedUs, limit, 0.5);
    expect(near.row).toMatchObject({ limitedBy: limit, closedFirst: 'local', howEnded: 'closed' });
  });
});

describe.skipIf(!canJudge).concurrent('the limiting cause of a two-way connection', () => {
  it('is the round trips of a chatty protocol, on both sides', { timeout: 120_000 }, async ({ lab, expect }) => {
    const ends = await recordBothEnds(lab, {
      path: { delay: 0.1 },
      far: ['serve', '--answer=200'],
      near: ['ask', '--requests=40'],
    });
    for (const { row } of [ends.near, ends.far]) {
      expectCause(expect, row.limitedUs, 'peer');
      const { flow, exchanges } = connectionVerdict(row);
      expect(flow).toBe('exchange');
      expect(exchanges).toBeGreaterThanOrEqual(35);
      expect(exchanges).toBeLessThanOrEqual(42);
    }
  });

  it('is not the round trips if the server thinks', { timeout: 120_000 }, async ({ lab, expect }) => {
    const traffic: Traffic = { path: { delay: 0.02 }, far: ['serve', '--think=0.2'], near: ['ask', '--requests=10'] };
    const { near } = await recordBothEnds(lab, traffic);
    expect(connectionVerdict(near.row)).toMatchObject({ cause: 'peer', exchanges: null });
  });

  it('is each program if both write little all the time', { timeout: 120_000 }, async ({ lab, expect }) => {
    const write = [FOR, '--every=0.01', '--piece=1000', '--algorithm=cubic'] as const;
    const ends = await recordBothEnds(lab, { path: LONG, far: ['converse', ...write], near: ['talk', ...write] });
    expectCause(expect, ends.near.row.limitedUs, 'application', 0.5);
    expectCause(expect, ends.far.row.limitedUs, 'application', 0.5);
  });

  it('is idle on both sides between blocks that are answered at once', { timeout: 120_000 }, async ({
    lab,
    expect,
  }) => {
    const ends = await recordBothEnds(lab, {
      path: LONG,
      far: ['serve', '--request=65536', '--answer=4'],
      near: ['ask', '--request=65536', '--requests=10', '--pause=0.5'],
    });
    expectCause(expect, ends.near.row.limitedUs, 'idle', 0.6);
    expectCause(expect, ends.far.row.limitedUs, 'idle', 0.6);
  });
});

describe.skipIf(!canJudge).concurrent('a pacing rate set for the socket', () => {
  it.for(ALGORITHMS)(
    'is distinguished from the capacity of the path, with %s',
    { timeout: 120_000 },
    async (algorithm, { lab, expect }) => {
      const near = ['send', FOR, '--pacing=500000', `--algorithm=${algorithm}`] as const;
      const { row } = (await recordBothEnds(lab, { path: LONG, far: ['read'], near })).near;
      expect(row).toMatchObject({ limitedBy: 'pacing', maxPacingRateBytesPerSec: 500_000 });
      expect(row.maxPacingRateUs).toBeGreaterThan(0.5 * row.limitedUs.pacing);
    },
  );

  it('is not the cause when BBR meets a bottleneck below it', { timeout: 120_000 }, async ({ lab, expect }) => {
    const path = { ...LONG, discipline: queue('8mbit', '200kb') };
    const near = ['send', FOR, '--pacing=5000000', '--algorithm=bbr'] as const;
    const { row } = (await recordBothEnds(lab, { path, far: ['read'], near })).near;
    expect(row).toMatchObject({ limitedBy: 'pacing' });
    expect(row.maxPacingRateUs).toBeLessThan(0.2 * row.limitedUs.pacing);
  });
});
