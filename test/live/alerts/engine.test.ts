import { describe, expect, it } from 'vitest';
import { AlertEngine, type AlertEngineOptions, type Channel, type Notice } from '../../../live/alerts/index.js';
import { parseRules } from '../../../live/alerts/rules/index.js';
import type { HttpRates } from '../../../live/answers/index.js';
import { TcpState } from '../../../tcp/index.js';
import { Scene, START_MS, uuidOf } from '../store/scene.js';

const A = 0xan;
const B = 0xbn;

/** Scene with rules that are looked at after each second, and a channel that keeps what it is told. */
class Alerts {
  readonly scene = new Scene({ keepClosedSec: 60 });
  readonly told: Notice[] = [];
  readonly refused: number[] = [];
  readonly engine: AlertEngine;

  constructor(rules: readonly object[], options: Partial<AlertEngineOptions> = {}) {
    const channel: Channel = { tell: (notice) => this.told.push(notice) };
    this.engine = new AlertEngine({
      rules: parsed(rules),
      source: this.scene.store,
      channels: new Map([['log', channel]]),
      elapsedMs: () => this.scene.ms,
      later: (work) => work(),
      onRefused: (count) => this.refused.push(count),
      onFault: (error) => {
        throw error;
      },
      ...options,
    });
  }

  /** Ends seconds, each with the records that `each` makes. */
  async seconds(count: number, each: () => void = () => undefined): Promise<void> {
    for (let i = 0; i < count; i++) {
      each();
      this.scene.second();
      await this.engine.evaluate();
    }
  }

  /** States of all alerts that are not idle, as `rule state`. */
  get states(): string[] {
    return this.engine.json().instances.map(({ name, state }) => `${name} ${state}`);
  }

  get texts(): string[] {
    return this.told.map((notice) =>
      notice.kind === 'more'
        ? `more ${notice.count}`
        : [notice.rule.name, notice.kind, notice.reason].filter(Boolean).join(' '),
    );
  }
}

function parsed(rules: readonly object[]) {
  return parseRules(JSON.stringify({ alerts: rules }), 'alerts.json');
}

const SLOW = { name: 'slow', when: 'rtt > 50ms', for: '2s', clear: 'rtt < 20ms', clearFor: '2s' };
const rtt = (ms: number) => ({ info: { rttUs: 1000 * ms } });

describe('alerts of a store', () => {
  it('fire, hold and resolve, with the worst value', async () => {
    const alerts = new Alerts([SLOW]);
    const { scene } = alerts;
    await alerts.seconds(1, () => scene.seen(A, rtt(10)));
    expect(alerts.states).toEqual([]);
    await alerts.seconds(2, () => scene.seen(A, rtt(60)));
    expect(alerts.states).toEqual(['slow pending']);
    await alerts.seconds(1, () => scene.seen(A, rtt(70)));
    expect(scene.row(A).alerts).toEqual(['slow']);
    expect(alerts.told[0]).toMatchObject({ kind: 'firing', value: 70_000, sinceUs: 1000 * (START_MS + 2002) });
    expect(alerts.told[0]).toMatchObject({ uuid: uuidOf(A), labels: { uuid: uuidOf(A) } });
    await alerts.seconds(1, () => scene.seen(A, rtt(90)));
    // Between both conditions it fires on, without a record too.
    await alerts.seconds(1, () => scene.seen(A, rtt(30)));
    await alerts.seconds(5);
    expect(alerts.states).toEqual(['slow firing']);
    await alerts.seconds(1, () => scene.seen(A, rtt(15)));
    expect(alerts.states).toEqual(['slow recovering']);
    await alerts.seconds(2);
    expect(alerts.texts).toEqual(['slow firing', 'slow resolved cleared']);
    expect(alerts.told[1]).toMatchObject({ worst: 90_000, value: 15_000 });
    expect(scene.row(A).alerts).toEqual([]);
    expect(alerts.engine.history.since(0).map(({ state, durationUs, told }) => [state, durationUs, told])).toEqual([
      ['firing', null, true],
      ['resolved', 10e6, true],
    ]);
  });

  it('end with their connection, and say how it ended', async () => {
    const alerts = new Alerts([{ ...SLOW, for: '0s' }]);
    await alerts.seconds(1, () => alerts.scene.seen(A, rtt(60)));
    await alerts.seconds(1, () => alerts.scene.ended(A));
    expect(alerts.texts).toEqual(['slow firing', 'slow resolved closed']);
    expect(alerts.told[1]).toMatchObject({ howEnded: alerts.scene.row(A).howEnded });
    expect(alerts.states).toEqual([]);
  });

  it('look at values that change without a record', async () => {
    const alerts = new Alerts([{ name: 'old', when: 'age > 5s', filter: 'state:established' }]);
    await alerts.seconds(1, () => alerts.scene.seen(A));
    await alerts.seconds(3);
    expect(alerts.texts).toEqual([]);
    await alerts.seconds(2);
    expect(alerts.texts).toEqual(['old firing']);
  });

  it('leave connections out that the filter does, and end when it begins to', async () => {
    const alerts = new Alerts([{ ...SLOW, for: '0s', clearFor: '0s', filter: 'state = established' }]);
    await alerts.seconds(1, () => {
      alerts.scene.seen(A, rtt(60));
      alerts.scene.seen(B, { ...rtt(60), state: TcpState.CLOSE_WAIT });
    });
    expect(alerts.states).toEqual(['slow firing']);
    await alerts.seconds(1, () => alerts.scene.seen(A, { ...rtt(60), state: TcpState.CLOSE_WAIT }));
    expect(alerts.texts).toEqual(['slow firing', 'slow resolved cleared']);
  });

  it('count, sum and compare groups', async () => {
    const alerts = new Alerts([
      { name: 'many', by: 'remotePort', when: 'count(where state = close_wait) > 1', clearFor: '0s' },
      { name: 'all', by: 'all', when: 'count() >= 3 and avg(rtt) > 20ms', clearFor: '0s' },
      { name: 'none', by: 'all', when: 'count() = 0', clearFor: '0s' },
    ]);
    await alerts.seconds(1);
    expect(alerts.states).toEqual(['none firing']);
    await alerts.seconds(1, () => {
      alerts.scene.seen(1n, { ...rtt(10), state: TcpState.CLOSE_WAIT, dport: 443 });
      alerts.scene.seen(2n, { ...rtt(10), state: TcpState.CLOSE_WAIT, dport: 443 });
      alerts.scene.seen(3n, { ...rtt(70), state: TcpState.CLOSE_WAIT, dport: 80 });
    });
    expect(alerts.states).toEqual(['many firing', 'all firing']);
    expect(alerts.told.find(({ rule, kind }) => rule.name === 'many' && kind === 'firing')).toMatchObject({
      labels: { remotePort: '443' },
      value: 2,
      uuid: null,
    });
    await alerts.seconds(1, () => {
      alerts.scene.ended(1n);
      alerts.scene.ended(2n);
    });
    expect(alerts.texts.slice(-2).toSorted()).toEqual(['all resolved cleared', 'many resolved closed']);
  });

  it('of groups end when their last connection does, and begin again with another one', async () => {
    const alerts = new Alerts([
      { name: 'any', by: 'remotePort', when: 'count() > 0 and max(rtt) > 5ms', clearFor: '0s' },
    ]);
    const ports = [1, 2, 3, 4];
    for (const round of [0, 1]) {
      const cookie = (port: number): bigint => BigInt(10 * round + port);
      await alerts.seconds(1, () => {
        for (const port of ports) alerts.scene.seen(cookie(port), { ...rtt(10), dport: port });
      });
      expect(alerts.states).toEqual(ports.map(() => 'any firing'));
      await alerts.seconds(1, () => {
        for (const port of ports.slice(0, 3)) alerts.scene.ended(cookie(port));
      });
      expect(alerts.states).toEqual(['any firing']);
      // Once most groups are gone, all are numbered anew.
      await alerts.seconds(2, () => alerts.scene.seen(cookie(4), { ...rtt(20), dport: 4 }));
      expect(alerts.engine.json().instances).toMatchObject([{ labels: { remotePort: '4' }, value: 1 }]);
      await alerts.seconds(1, () => alerts.scene.ended(cookie(4)));
      expect(alerts.states).toEqual([]);
    }
  });

  it('look at many connections in many short slices', async () => {
    let ms = 0;
    const slices: number[] = [];
    const alerts = new Alerts(
      [
        ...Array.from({ length: 20 }, (_, i) => ({ name: `slow ${i}`, when: `rtt > ${50 + i}ms` })),
        { name: 'quantile', by: 'remotePort', when: 'p95(rtt) > 50ms' },
        { name: 'all', by: 'all', when: 'avg(rtt) > 1ms', clearFor: '0s' },
      ],
      {
        // Each look at the clock finds that 0.1 ms has passed.
        elapsedMs: () => {
          ms += 0.1;
          return ms;
        },
        later: (work) => {
          slices.push(ms);
          work();
        },
      },
    );
    await alerts.seconds(1, () => {
      for (let i = 1; i <= 2000; i++) alerts.scene.seen(BigInt(i), { ...rtt(10), dport: 1 + (i % 100) });
    });
    expect(alerts.states).toEqual(['all firing']);
    expect(slices.length).toBeGreaterThan(20);
    for (const [i, begin] of slices.entries()) expect((slices[i + 1] ?? ms) - begin).toBeLessThan(1);
  });

  it('begin none for a rule that is removed while it is looked at', async () => {
    const waiting: (() => void)[] = [];
    let isSlow = false;
    let ms = 0;
    const alerts = new Alerts([{ ...SLOW, for: '0s' }], {
      elapsedMs: () => ++ms,
      later: (work) => (isSlow ? waiting.push(work) : work()),
    });
    await alerts.seconds(1, () => alerts.scene.seen(A, rtt(10)));
    alerts.scene.seen(A, rtt(60));
    alerts.scene.second();
    isSlow = true;
    const evaluated = alerts.engine.evaluate();
    alerts.engine.replace([]);
    isSlow = false;
    for (const work of waiting) work();
    await evaluated;
    expect(alerts.texts).toEqual([]);
    expect(alerts.scene.row(A).alerts).toEqual([]);
  });

  it('look at HTTP of the machine and of hosts', async () => {
    const http: { -readonly [K in keyof HttpRates]: HttpRates[K] } = {
      ...{ host: 'a.example', section: null, requestsPerSec: 20, responsesPerSec: 20, errorRate: 0.1, ttfbUs: 5000 },
    };
    let hosts: HttpRates[] = [http];
    const alerts = new Alerts(
      [
        { name: 'machine', by: 'all', when: 'http.errorRate > 5%', clearFor: '0s' },
        { name: 'host', by: 'http.host', when: 'http.requestsPerSec > 10', clearFor: '0s' },
        { name: 'other', by: 'http.host', when: 'http.requestsPerSec > 10', filter: 'http.host = b.example' },
      ],
      { http: { machine: () => ({ ...http, host: null }), subjects: () => hosts } },
    );
    await alerts.seconds(1);
    expect(alerts.states).toEqual(['machine firing', 'host firing']);
    http.errorRate = 0;
    hosts = [];
    await alerts.seconds(1);
    expect(alerts.texts.slice(2)).toEqual(['machine resolved cleared', 'host resolved cleared']);
  });

  it('tell 20 of a rule, then how many more, and the next when there is room', async () => {
    const alerts = new Alerts([{ ...SLOW, for: '0s', clearFor: '0s' }]);
    const all = Array.from({ length: 30 }, (_, i) => BigInt(i + 1));
    await alerts.seconds(1, () => {
      for (const cookie of all) alerts.scene.seen(cookie, rtt(60));
    });
    expect(alerts.texts).toEqual([...new Array(20).fill('slow firing'), 'more 10']);
    await alerts.seconds(1, () => {
      for (const cookie of all.slice(0, 4)) alerts.scene.seen(cookie, rtt(10));
    });
    expect(alerts.texts.slice(21)).toEqual([
      ...new Array(4).fill('slow resolved cleared'),
      ...new Array(4).fill('slow firing'),
    ]);
    await alerts.seconds(10);
    expect(alerts.texts.at(-1)).toBe('more 6');
    // Of those that were not told, no end is told.
    const before = alerts.told.length;
    await alerts.seconds(1, () => {
      for (const cookie of all) alerts.scene.seen(cookie, rtt(10));
    });
    expect(alerts.told.length - before).toBe(20);
  });

  it('tell nothing while silenced, but the end of what was told', async () => {
    const alerts = new Alerts([{ ...SLOW, for: '0s', clearFor: '0s' }]);
    await alerts.seconds(1, () => alerts.scene.seen(A, rtt(60)));
    expect(alerts.engine.silence('slow', 5)).toBe('2026-11-21T00:00:06.002Z');
    expect(alerts.engine.silence('fast', 5)).toBeUndefined();
    await alerts.seconds(1, () => {
      alerts.scene.seen(A, rtt(10));
      alerts.scene.seen(B, rtt(60));
    });
    expect(alerts.texts).toEqual(['slow firing', 'slow resolved cleared']);
    expect(alerts.engine.history.since(0).map(({ told }) => told)).toEqual([true, true, false].toSorted().toReversed());
    await alerts.seconds(4);
    expect(alerts.texts.slice(2)).toEqual(['slow firing']);
  });

  it('go on with rules that stay, and end those of rules that do not', async () => {
    const kept = { ...SLOW, for: '0s' };
    const alerts = new Alerts([kept, { ...kept, name: 'gone' }]);
    await alerts.seconds(1, () => alerts.scene.seen(A, rtt(60)));
    expect(alerts.engine.replace(parsed([{ name: 'new', when: 'rtt > 1ms' }, kept]))).toEqual({
      ...{ rules: 2, added: 1, removed: 1 },
    });
    await alerts.seconds(1);
    expect(alerts.texts).toEqual(['slow firing', 'gone firing', 'gone ended removed', 'new firing']);
    expect(alerts.scene.row(A).alerts).toEqual(['slow', 'new']);
    alerts.engine.stop();
    expect(alerts.texts.slice(4)).toEqual(['new ended shutdown', 'slow ended shutdown']);
  });

  it('are at most 10,000, and more are counted', async () => {
    const alerts = new Alerts([
      { ...SLOW, for: '0s' },
      { ...SLOW, name: 'too', for: '0s' },
    ]);
    await alerts.seconds(1, () => {
      for (let i = 1; i <= 5001; i++) alerts.scene.seen(BigInt(i), rtt(60));
    });
    expect(alerts.engine.json().instanceCount).toBe(10_000);
    expect(alerts.refused).toEqual([1, 1]);
  });

  it('begin what their rule wants, and end it', async () => {
    const done: unknown[] = [];
    const alerts = new Alerts(
      [{ ...SLOW, for: '0s', clearFor: '0s', record: { before: '5s', after: '1s' }, watch: '2ms' }],
      {
        actions: {
          record: ({ rule, expression, value, rows }, span) => done.push([rule, expression, value, rows.length, span]),
          watch: ({ rows }, ms) => {
            done.push(['watch', rows[0]?.identity.uuid, ms]);
            return () => done.push('end');
          },
        },
      },
    );
    await alerts.seconds(1, () => alerts.scene.seen(A, rtt(60)));
    expect(done).toEqual([
      ['slow', 'rtt > 50ms', 60_000, 1, { beforeMs: 5000, afterMs: 1000 }],
      ['watch', uuidOf(A), 2],
    ]);
    await alerts.seconds(1, () => alerts.scene.seen(A, rtt(10)));
    expect(done.at(-1)).toBe('end');
  });
});
