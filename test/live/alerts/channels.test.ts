import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import {
  fingerprint,
  NoticeQueue,
  PacedChannel,
  WebhookChannel,
  type WebhookTimes,
} from '../../../live/alerts/channels/index.js';
import type { AlertNotice, Notice } from '../../../live/alerts/index.js';
import { type AlertRule, parseRules } from '../../../live/alerts/rules/index.js';
import type { Logger } from '../../../log/index.js';
import { until } from '../../support/waiting.js';

const [RULE, OTHER] = parseRules(
  '{"alerts":[{"name":"slow","when":"rtt > 50ms"},{"name":"other","when":"rtt > 1s"}]}',
  'alerts.json',
) as readonly [AlertRule, AlertRule];

function notice(firing: number, kind: AlertNotice['kind'] = 'firing', rule: AlertRule = RULE): AlertNotice {
  const ends = kind === 'firing' ? {} : { reason: 'cleared' as const };
  return {
    ...{ kind, ...ends, value: 60_000, worst: 90_000, sinceUs: 1_000_000 },
    ...{
      rule,
      seq: firing,
      generation: 1,
      firing,
      timeUs: 5_000_000,
      labels: { uuid: `u${firing}` },
      uuid: `u${firing}`,
    },
    howEnded: null,
  };
}

const more: Notice = { kind: 'more', rule: RULE, timeUs: 5_000_000, count: 7 };

describe('the queue of a channel', () => {
  it('loses the oldest of more than 1,000, and the ends of what was lost', () => {
    let lost = 0;
    const queue = new NoticeQueue((count) => {
      lost += count;
    });
    for (let i = 1; i <= 1003; i++) queue.push(notice(i));
    expect([queue.size, lost]).toEqual([1000, 3]);
    queue.push(notice(2, 'resolved'));
    expect([queue.size, lost]).toEqual([1000, 4]);
    // The end of an alert whose beginning waits: both are lost together.
    queue.push(notice(4, 'resolved'));
    expect([queue.size, lost]).toEqual([999, 6]);
    expect(queue.take()).toMatchObject({ firing: 5 });
  });

  it('gives those of one rule together, each alert once', () => {
    const queue = new NoticeQueue(() => undefined);
    for (const each of [notice(1), notice(2), notice(1, 'resolved'), notice(3), more, notice(4, 'firing', OTHER)])
      queue.push(each);
    const taken: number[] = [];
    while (queue.size > 0) taken.push(queue.takeTogether(20).length);
    expect(taken).toEqual([2, 2, 1, 1]);
  });
});

describe('a paced channel', () => {
  it('tells 10 a second, in order, and all at its end', () => {
    let ms = 0;
    const sent: Notice[] = [];
    const channel = new PacedChannel({ send: (each) => sent.push(each), onLost: () => undefined, elapsedMs: () => ms });
    for (let i = 1; i <= 25; i++) channel.tell(notice(i));
    expect(sent).toHaveLength(10);
    ms = 1000;
    channel.tell(notice(26));
    expect(sent).toHaveLength(20);
    channel.close();
    expect(sent.map((each) => (each.kind === 'more' ? 0 : each.firing))).toEqual(
      Array.from({ length: 26 }, (_, i) => i + 1),
    );
  });
});

describe('the fingerprint of labels', () => {
  it('is that of Prometheus', () => {
    // `model.LabelSet{}.Fingerprint()`, and FNV-1a over names and values with 0xff behind each.
    expect(fingerprint({})).toBe('cbf29ce484222325');
    expect(fingerprint({ b: '1', a: '2' })).toBe(fingerprint({ a: '2', b: '1' }));
  });
});

interface Got {
  readonly path: string | undefined;
  readonly authorization: string | undefined;
  readonly body: unknown;
}

describe('a webhook', () => {
  let server: Server | undefined;
  let channel: WebhookChannel | undefined;
  afterEach(async () => {
    await channel?.close();
    server?.closeAllConnections();
    server?.close();
  });

  /** Starts a server that answers with these statuses, then with 200; and a channel to it. */
  async function start(statuses: readonly (number | 'hang')[], path: string, times: Partial<WebhookTimes> = {}) {
    const got: Got[] = [];
    const left = [...statuses];
    const answer = async (request: IncomingMessage): Promise<number | 'hang'> => {
      const body = JSON.parse(await text(request));
      got.push({ path: request.url, authorization: request.headers.authorization, body });
      return left.shift() ?? 200;
    };
    server = createServer((request, response) => {
      void answer(request).then((status) => {
        if (status === 'hang') return;
        response.writeHead(status, { Location: '/elsewhere' }).end('text');
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const results: Record<string, number> = {};
    const logged: string[] = [];
    const log = {
      info: (msg: string) => logged.push(msg),
      warn: (msg: string) => logged.push(msg),
      error: (msg: string) => logged.push(msg),
    };
    channel = new WebhookChannel({
      url: new URL(`http://127.0.0.1:${port}${path}`),
      token: 'a-secret-token-here',
      host: 'web1',
      metrics: {
        told: (_, result, count = 1) => {
          results[result] = (results[result] ?? 0) + count;
        },
      },
      log: log as unknown as Logger,
      times: { firstRetryMs: 5, lastRetryMs: 20, paceMs: 1, closeMs: 200, ...times },
    });
    return { channel, got, results, logged };
  }

  it('tries again until it is taken', async () => {
    const { channel, got, results, logged } = await start([503, 429, 500], '/hook');
    channel.tell(notice(1));
    await until('the result', () => results['sent'] === 1);
    expect(got).toHaveLength(4);
    expect(got[3]).toMatchObject({ path: '/hook', authorization: 'Bearer a-secret-token-here' });
    expect(got[3]?.body).toMatchObject({
      ...{
        version: '4',
        status: 'firing',
        receiver: 'tcp-info',
        truncatedAlerts: 0,
        groupLabels: { alertname: 'slow' },
      },
      alerts: [
        {
          labels: { alertname: 'slow', severity: 'warning', instance: 'web1', uuid: 'u1' },
          annotations: { summary: 'slow: rtt = 60000 us', expression: 'rtt > 50ms' },
          ...{ startsAt: '1970-01-01T00:00:05Z', endsAt: '0001-01-01T00:00:00Z' },
        },
      ],
    });
    expect(logged).toEqual(['webhook of alerts does not take them', 'webhook of alerts takes them again']);
  });

  it('follows no redirect, and does not try again what is refused', async () => {
    const { channel, got, results } = await start([302, 400], '/hook');
    channel.tell(notice(1));
    channel.tell(notice(2, 'firing', OTHER));
    await until('the results', () => results['failed'] === 2);
    expect(got.map(({ path }) => path)).toEqual(['/hook', '/hook']);
  });

  it('gives up after a while, and goes on', async () => {
    const { channel, results } = await start(new Array(1000).fill(503), '/hook', { giveUpMs: 60 });
    channel.tell(notice(1));
    channel.tell(notice(2, 'firing', OTHER));
    await until('the results', () => results['failed'] === 2);
  });

  it('says how many more there are', async () => {
    const { channel, got, results } = await start([], '/hook');
    channel.tell(more);
    await until('the result', () => results['sent'] === 1);
    expect(got[0]?.body).toMatchObject({ status: 'firing', truncatedAlerts: 7, alerts: [] });
  });

  it('sends ends, and what waits at its own end', async () => {
    const { channel, got, results } = await start([], '/hook');
    channel.tell(notice(1, 'resolved'));
    await channel.close();
    expect(results).toMatchObject({ sent: 1 });
    expect(got[0]?.body).toMatchObject({
      status: 'resolved',
      alerts: [
        { startsAt: '1970-01-01T00:00:01Z', endsAt: '1970-01-01T00:00:05Z', annotations: { reason: 'cleared' } },
      ],
    });
  });

  it('counts what it could not send at its end', async () => {
    const { channel, results } = await start(['hang', 'hang'], '/hook');
    channel.tell(notice(1));
    channel.tell(notice(2, 'firing', OTHER));
    await until('the request', () => true);
    await channel.close();
    expect(results['lost']).toBe(2);
  });

  it('sends an Alertmanager what fires again and again, until it ends', async () => {
    const { channel, got, results } = await start([], '/api/v2/alerts', { repeatMs: 30 });
    channel.tell(notice(1));
    channel.tell(more);
    await until('it to come again', () => got.length >= 3);
    const [first] = got[0]?.body as readonly { readonly endsAt: string; readonly labels: object }[];
    expect(first?.labels).toMatchObject({ alertname: 'slow', uuid: 'u1' });
    expect(Date.parse(first?.endsAt ?? '')).toBeGreaterThan(Date.now() - 1000);
    channel.tell(notice(1, 'resolved'));
    await until('the end', () => results['sent'] === 2);
    const count = got.length;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(got.length).toBeLessThanOrEqual(count + 1);
    expect(got.at(-1)?.body).toMatchObject([{ endsAt: '1970-01-01T00:00:05Z' }]);
  });
});
