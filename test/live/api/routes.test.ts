import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ConntrackDecoder, flowLine } from '../../../conntrack/index.js';
import { type FlowAnswering, FlowsError, type FlowsErrorCode, type FlowsRequest } from '../../../live/answers/index.js';
import { HttpAnswers } from '../../../live/exchanges/index.js';
import type { NetworkJson } from '../../../live/wire/index.js';
import { showJson } from '../../../view/connection/json.js';
import { capturedMessages } from '../../support/fixtures.js';
import { connectionOf, exchangeAt, START_US } from '../../support/http-exchanges.js';
import { MemoryRow } from '../../support/live-store.js';
import { sample } from '../../support/metric.js';
import { type ApiDocument, ApiValidator } from '../../support/openapi-validator.js';
import { until, within } from '../../support/waiting.js';
import { type Answered, get, type Served, useLiveServer } from './harness.js';

const start = useLiveServer();
const GOLDEN = join(import.meta.dirname, 'golden');
const ID = 'host_1795890818_0000000000000D8F';

let served: Served;
let validator: ApiValidator;
beforeEach(async () => {
  served = await start();
  validator = new ApiValidator(JSON.parse((await get(served, '/openapi.json')).body) as ApiDocument);
});

/** Sends a request, checks the answer against the OpenAPI document, and returns it. */
async function ask(route: string, query = '', id = ID): Promise<Answered> {
  const answer = await get(served, `${route.replace('{id}', id)}${query}`);
  const type = String(answer.headers['content-type']);
  expect(validator.answerErrors(route, answer.status, type, answer.body), `${route}${query}`).toEqual([]);
  return answer;
}

/** Compares JSON with a file; writes it with UPDATE_GOLDEN=1. Values that differ each time must be replaced before. */
function expectGolden(name: string, value: unknown): void {
  const path = join(GOLDEN, `${name}.golden`);
  const text = `${JSON.stringify(value, null, 2)}\n`;
  if (process.env['UPDATE_GOLDEN'] === '1') {
    mkdirSync(GOLDEN, { recursive: true });
    writeFileSync(path, text);
  }
  expect(text, `out of date: UPDATE_GOLDEN=1 npx vitest run --project unit test/live/api`).toBe(
    readFileSync(path, 'utf8'),
  );
}

describe('routes of the live API', () => {
  it.each([
    ['fields', '/fields', ''],
    ['complete', '/complete', '?text=rt&at=2'],
    ['connections', '/connections', '?limit=1'],
    ['connections-filtered', '/connections', '?filter=dport+8443&fields=all&sort=-rtt&offset=0&closed=true'],
    ['connection', '/connections/{id}', '?window=10s'],
    ['timeline', '/connections/{id}/timeline', '?width=1s&from=2026-11-28T20:05:00%2B01:00&until=2026-11-28T19:10:00Z'],
    ['groups', '/groups', '?by=process.command&limit=5&closed=only'],
    ['overview', '/overview', '?window=5m'],
  ])('answer %s as documented', async (name, route, query) => {
    const answer = await ask(route, query);
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expectGolden(name, JSON.parse(answer.body));
  });

  it('answer /status with what is served', async () => {
    const status = JSON.parse((await ask('/status')).body) as Record<string, unknown>;
    expect(status['uptimeUs']).toBeGreaterThan(0);
    expect(status['clients']).toBeGreaterThan(0);
    expectGolden('status', { ...status, uptimeUs: 0, clients: 0 });
  });

  it('describe all of themselves', async () => {
    const document = JSON.parse((await ask('/openapi.json')).body) as ApiDocument;
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths)).toEqual([
      '/status',
      '/fields',
      '/complete',
      '/groups',
      '/summary',
      '/overview',
      '/connections',
      '/connections/{id}',
      '/connections/{id}/timeline',
      '/connections/{id}/picture.svg',
      '/connections/{id}/picture.html',
      '/connections/{id}/records',
      '/stream',
      '/connections/{id}/stream',
      '/conntrack',
      '/services',
      '/services/{id}',
      '/services/{id}/reject',
      '/services/{id}/release',
      '/services/{id}/close',
      '/services/{id}/drain',
      '/services/{id}/undrain',
      '/watches',
      '/watches/{id}',
      '/alerts',
      '/alerts/{id}/silence',
      '/http',
      '/connections/{id}/http',
      '/recordings',
      '/recordings/{id}',
      '/network',
      '/openapi.json',
    ]);
  });

  it('find a connection by UUID, its end, cookie and ends', async () => {
    const all = [ID, 'D8F', `cookie:${0xd8f}`, '192.0.2.7:50000-198.51.100.1:443', encodeURIComponent(ID)];
    for (const id of all) {
      expect(JSON.parse((await ask('/connections/{id}', '', id)).body), id).toMatchObject({ uuid: ID });
    }
  });

  it('draw a picture and a page, with styles and without scripts', async () => {
    const svg = await ask('/connections/{id}/picture.svg');
    expect(svg.body).toMatch(/^<svg /);
    expect(svg.headers['content-type']).toBe('image/svg+xml; charset=utf-8');
    const html = await ask('/connections/{id}/picture.html');
    expect(html.body).toMatch(/^<!doctype html>/i);
    expect(html.body).toContain('1.2.3');
    expect(html.body).toContain('in memory');
    for (const { headers } of [svg, html]) {
      expect(headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'unsafe-inline'/);
    }
  });

  it('answer a timeline as show --format=json does', async () => {
    const { source, ...object } = JSON.parse((await ask('/connections/{id}/timeline')).body) as Record<string, unknown>;
    const shown = showJson({ timeline: served.row.timeline, parts: [] }, served.row.connection);
    expect(source).toBe('memory');
    expect(object).toEqual(JSON.parse(shown));
  });

  it('list more than 1,000 rows in slices, one list at a time', async () => {
    for (let n = 0; n < 2000; n++) served.store.all.push(new MemoryRow(BigInt(0x10000 + n)));
    const answers = await Promise.all([ask('/connections', '?limit=10000'), ask('/connections', '?limit=1001')]);
    const whole = answers.find(({ status }) => status === 200);
    const answer = JSON.parse(whole?.body ?? '{}') as { readonly connections: readonly unknown[] };
    expect(answer).toMatchObject({ total: 2002, matched: 2002, offset: 0 });
    expect(answer.connections.length).toBeGreaterThan(1000);
    const head = await get(served, '/connections?limit=1001', {}, 'HEAD');
    expect(head).toMatchObject({ status: 200, body: '' });
    const next = await until('a free turn', async () => {
      const { status, body } = await ask('/connections', '?limit=1002');
      return status === 200 ? body : undefined;
    });
    expect(JSON.parse(next)).toMatchObject({ total: 2002 });
  });

  it('send a large list while another client does not read its own', async () => {
    for (let n = 0; n < 2000; n++) served.store.all.push(new MemoryRow(BigInt(0x10000 + n)));
    const client = connect({ path: served.path });
    client.write('GET /api/v1/connections?limit=10000&fields=all HTTP/1.1\r\nHost: t\r\n\r\n');
    await within('its answer', once(client, 'readable')); // a part of it; the rest waits
    expect(await ask('/connections', '?limit=1001')).toMatchObject({ status: 200 });
    client.destroy();
  });

  it.each([
    '/connections?limit=1001',
    '/groups?by=remotePort&limit=1001',
  ])('limit %s to four a second', async (target) => {
    const [route = '', query = ''] = target.split(/(?=\?)/);
    const statuses: number[] = [];
    for (let n = 0; n < 12; n++) statuses.push((await ask(route, query)).status);
    expect(statuses.slice(0, 4)).toEqual([200, 200, 200, 200]);
    expect(statuses).toContain(429);
    expect(await sample(served.metrics, 'tcpinfo_live_rejected_total', { reason: 'limit' })).toBeGreaterThan(0);
  });
});

describe('wrong requests to the live API', () => {
  it.each([
    ['/connections', '?filter=x+%3D+5', 400, 'ERR_EXPRESSION', /^at 0: /],
    ['/connections', '?fields=nonsense', 400, 'ERR_PARAMETER', /^fields: /],
    ['/connections', '?flter=x', 400, 'ERR_PARAMETER', /^"flter": .*it takes filter, sort/],
    ['/connections', '?limit=1&limit=2', 400, 'ERR_PARAMETER', /^limit: given twice/],
    ['/connections', '?limit=0', 400, 'ERR_PARAMETER', /^limit: expected a whole number from 1 to 10000/],
    ['/connections', '?limit=10001', 400, 'ERR_PARAMETER', /^limit: /],
    ['/connections', '?limit=1e3', 400, 'ERR_PARAMETER', /^limit: /],
    ['/connections', '?offset=-1', 400, 'ERR_PARAMETER', /^offset: /],
    ['/connections', '?closed=maybe', 400, 'ERR_PARAMETER', /^closed: expected false, true, only/],
    ['/connections', '?sort=nope', 400, 'ERR_PARAMETER', /^sort: "nope" is no field/],
    ['/groups', '?by=nope', 400, 'ERR_PARAMETER', /^by: "nope" is no field/],
    ['/groups', '?by=dport/8', 400, 'ERR_PARAMETER', /^by: dport is no address/],
    ['/connections/{id}/stream', '?every=1', 400, 'ERR_PARAMETER', /^every: /],
    ['/status', '?x', 400, 'ERR_PARAMETER', /it takes none/],
    ['/groups', '', 400, 'ERR_PARAMETER', /^by: /],
    ['/groups', '?by=x&limit=10001', 400, 'ERR_PARAMETER', /^limit: /],
    ['/complete', '?text=rtt&at=4', 400, 'ERR_PARAMETER', /^at: /],
    ['/overview', '?window=15', 400, 'ERR_PARAMETER', /^window: expected a duration from 1s to 24h/],
    ['/overview', '?window=25h', 400, 'ERR_PARAMETER', /^window: /],
    ['/connections/{id}', '?wait=open', 400, 'ERR_PARAMETER', /^wait: expected closed/],
    ['/connections/{id}', '?timeout=1s', 400, 'ERR_PARAMETER', /^timeout: it needs wait=closed/],
    [
      '/connections/{id}',
      '?wait=closed&timeout=61s',
      400,
      'ERR_PARAMETER',
      /^timeout: expected a duration from 0s to 1m, such as 30s$/,
    ],
    ['/connections/{id}', '?netns=other', 404, 'ERR_NO_CONNECTION', /./],
    ['/connections/{id}/timeline', '?from=yesterday', 400, 'ERR_PARAMETER', /^from: expected a time/],
    ['/connections/{id}/timeline', '?from=2026-13-28T19:05:00Z', 400, 'ERR_PARAMETER', /^from: /],
    [
      '/connections/{id}/timeline',
      '?from=2026-11-28T19:05:00Z&until=2026-11-28T19:05:00Z',
      400,
      'ERR_PARAMETER',
      /^until: /,
    ],
    ['/connections/{id}/records', '', 404, 'ERR_NO_ARCHIVE', /./],
    ['/stream', '?limit=1001', 400, 'ERR_PARAMETER', /^limit: /],
    ['/stream', '?every=99ms', 400, 'ERR_PARAMETER', /^every: expected a duration from 100ms to 1m/],
    [
      '/connections',
      '?filter=limited:cwnt',
      400,
      'ERR_EXPRESSION',
      /^at 8: 'cwnt' is no value of 'limitedBy'; cwnd\?$/,
    ],
    ['/stream', '?filter=x+%3D+5', 400, 'ERR_EXPRESSION', /^at 0: /],
  ])('%s%s: %i %s', async (route, query, status, code, detail) => {
    const answer = await ask(route, query);
    expect(JSON.parse(answer.body)).toMatchObject({ status, code, detail: expect.stringMatching(detail) });
    expect((JSON.parse(answer.body) as { readonly detail: string }).detail).not.toMatch(/^(\w+: )\1/);
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  });

  it.each([
    ['/connections/no%20id', 400, 'ERR_PARAMETER'],
    ['/connections/%zz', 400, 'ERR_PARAMETER'],
    ['/connections/FFF', 404, 'ERR_NO_CONNECTION'],
    ['/nowhere', 404, 'ERR_NO_ROUTE'],
    ['/connections/', 400, 'ERR_PARAMETER'],
    ['/status/', 404, 'ERR_NO_ROUTE'],
    ['/../status', 404, 'ERR_NO_ROUTE'],
  ])('%s: %i %s', async (target, status, code) => {
    const answer = await get(served, target);
    expect([answer.status, JSON.parse(answer.body)]).toMatchObject([status, { code }]);
    expect(answer.body).not.toContain('id: id: ');
    expect(validator.errors('ProblemJson', JSON.parse(answer.body))).toEqual([]);
  });

  it('name the position in an expression, and the matches of an id, at most 20', async () => {
    expect(JSON.parse((await ask('/connections', '?filter=x+%3D+5')).body)).toMatchObject({ at: 0 });
    for (let n = 0; n < 30; n++) served.store.all.push(new MemoryRow(BigInt(n * 0x1000 + 0xd8f)));
    const answer = await ask('/connections/{id}', '', 'D8F');
    const problem = JSON.parse(answer.body) as { readonly matches: readonly string[]; readonly detail: string };
    expect(problem).toMatchObject({ status: 409, code: 'ERR_SEVERAL', detail: '31 connections have this id' });
    expect(problem.matches).toHaveLength(20);
    expect(problem.matches[0]).toBe(ID);
  });

  it('are 500 for a defect, which is logged and not shown', async () => {
    served.answering.fields = () => {
      throw new TypeError('secret detail');
    };
    const answer = await ask('/fields');
    expect(answer.status).toBe(500);
    expect(answer.body).not.toContain('secret');
    expect(served.lines.join('')).toMatch(/level=error msg="request to the live API failed".*secret detail/);
    // The request counts when its answer has gone out.
    await vi.waitFor(async () => {
      expect(await sample(served.metrics, 'tcpinfo_live_requests_total', { code: '500' })).toBe(1);
    });
    expect((await ask('/status')).status).toBe(200);
  });
});

describe('/conntrack', () => {
  /** Answers with the captured flows, or an error, and keeps the requests. */
  class CapturedFlows implements FlowAnswering {
    readonly requests: FlowsRequest[] = [];
    error: Error | undefined;

    async list(request: FlowsRequest): Promise<readonly Uint8Array[]> {
      this.requests.push(request);
      if (this.error !== undefined) throw this.error;
      const decoder = new ConntrackDecoder();
      const time = '2026-11-28T19:05:02.004Z';
      const options = { time, isLocal: () => true, more: { uuid: ID } };
      const lines = capturedMessages('conntrack/6.18-flows.bin').map((bytes) => flowLine(decoder.flow(bytes), options));
      const head = `{"time":"${time}","entries":20,"maxEntries":null,"matched":${lines.length},"undecoded":0`;
      return [Buffer.from(`${head},"flows":[`), Buffer.from(lines.join(',')), Buffer.from(']}\n')];
    }
  }

  let flows: CapturedFlows;
  beforeEach(async () => {
    flows = new CapturedFlows();
    served = await start({ flows });
  });

  it('answers flows with every attribute as documented', async () => {
    const { status, headers, body } = await ask('/conntrack');
    expect([status, headers['content-type']]).toEqual([200, 'application/json; charset=utf-8']);
    expect((JSON.parse(body) as { readonly flows: readonly object[] }).flows.length).toBeGreaterThan(10);
    expect(flows.requests).toEqual([{}]);
  });

  it('hands on what was asked for', async () => {
    await ask('/conntrack', '?filter=dport+443&nat=true&state=SYN_SENT,CLOSE&sort=-orig.bytes&limit=7');
    await ask('/conntrack', '?nat=false&limit=10000');
    expect(flows.requests).toEqual([
      { filter: 'dport 443', nat: true, state: 'SYN_SENT,CLOSE', sort: '-orig.bytes', limit: 7 },
      { nat: false, limit: 10_000 },
    ]);
  });

  it('limits lists of more than 1,000 flows to four a second', async () => {
    const statuses: number[] = [];
    for (let n = 0; n < 12; n++) statuses.push((await ask('/conntrack', '?limit=1001')).status);
    expect(statuses.slice(0, 4)).toEqual([200, 200, 200, 200]);
    expect(statuses).toContain(429);
  });

  it.each([
    ['?nat=yes', 400, 'ERR_PARAMETER', /^nat: expected false, true/],
    ['?offset=1', 400, 'ERR_PARAMETER', /it takes filter, nat, state, sort, limit/],
    ['?limit=10001', 400, 'ERR_PARAMETER', /^limit: /],
  ])('%s: %i %s', async (query, status, code, detail) => {
    const { body } = await ask('/conntrack', query);
    expect(JSON.parse(body)).toMatchObject({ status, code, detail: expect.stringMatching(detail) });
    expect(flows.requests).toEqual([]);
  });

  it.each<[FlowsErrorCode, number, string, string | undefined]>([
    ['ERR_NO_CONNTRACK', 404, 'ERR_NO_CONNTRACK', undefined],
    ['ERR_BUSY', 429, 'ERR_LIMIT', '1'],
    ['ERR_KERNEL', 503, 'ERR_KERNEL', undefined],
    ['ERR_CHANGED', 503, 'ERR_KERNEL', '1'],
  ])('reports %s as %i %s', async (code, status, problem, retryAfter) => {
    flows.error = new FlowsError('a sentence', code);
    const answer = await ask('/conntrack');
    expect(JSON.parse(answer.body)).toMatchObject({ status, code: problem, detail: 'a sentence' });
    expect(answer.headers['retry-after']).toBe(retryAfter);
  });

  it('says what is missing where flows are not looked up', async () => {
    served = await start();
    const expected = { status: 404, code: 'ERR_NO_CONNTRACK', detail: expect.stringMatching(/-conntrack=on/) };
    expect(JSON.parse((await ask('/conntrack')).body)).toMatchObject(expected);
    served = await start({ noFlows: 'CAP_NET_ADMIN is missing' });
    expect(JSON.parse((await ask('/conntrack')).body)).toMatchObject({ detail: 'CAP_NET_ADMIN is missing' });
  });

  it('ends with 503 when the collector stops', async () => {
    flows.list = (_: FlowsRequest, signal?: AbortSignal) =>
      new Promise((_resolve, reject) => {
        flows.requests.push({});
        signal?.addEventListener('abort', () => reject(signal.reason as Error));
      });
    const answer = ask('/conntrack');
    await until('the request', () => flows.requests.length === 1);
    served.server.stop();
    expect(JSON.parse((await answer).body)).toMatchObject({ status: 503, code: 'ERR_STOPPING' });
  });
});

describe('?wait=closed', () => {
  it('answers when the connection has ended, with the final row', async () => {
    const answer = ask('/connections/{id}', '?wait=closed&timeout=60s');
    await until('the wait', () => served.row.listeners.size === 1);
    served.store.close(served.row);
    const { body } = await answer;
    expect(JSON.parse(body)).toMatchObject({ open: false, endCause: 'event', timedOut: false });
    expect(JSON.parse((await ask('/connections/{id}', '?wait=closed')).body)).toMatchObject({ timedOut: false });
  });

  it('says when the time was over before', async () => {
    const { body } = await ask('/connections/{id}', '?wait=closed&timeout=1ms');
    expect(JSON.parse(body)).toMatchObject({ open: true, timedOut: true });
    expect(served.row.listeners.size).toBe(0);
  });

  it('ends with its client', async () => {
    const client = connect({ path: served.path });
    client.write('GET /api/v1/connections/D8F?wait=closed HTTP/1.1\r\nHost: t\r\n\r\n');
    await until('the wait', () => served.row.listeners.size === 1);
    client.destroy();
    await until('no wait', () => served.row.listeners.size === 0);
  });

  it('leaves places for other requests', async () => {
    let refused = 0;
    const waits = Array.from({ length: 60 }, async () => {
      const answer = await ask('/connections/{id}', '?wait=closed&timeout=60s');
      if (answer.status === 429) refused++;
      return answer;
    });
    // All of them: one that the server reads after the connection has closed is answered at once.
    await until('the waits and the refusals', () => served.row.listeners.size === 48 && refused === 12);
    expect(await ask('/status')).toMatchObject({ status: 200 });
    const more = await ask('/connections/{id}', '?wait=closed');
    expect([more.status, JSON.parse(more.body)]).toMatchObject([429, { code: 'ERR_LIMIT' }]);
    served.store.close(served.row);
    const statuses = (await Promise.all(waits)).map(({ status }) => status);
    expect([200, 429].map((status) => statuses.filter((each) => each === status).length)).toEqual([48, 12]);
  });

  it('ends with 503 as soon as the collector prepares for its end, before connections end', async () => {
    const wait = ask('/connections/{id}', '?wait=closed&timeout=60s');
    await until('the wait', () => served.row.listeners.size === 1);
    served.server.stop();
    expect(JSON.parse((await wait).body)).toMatchObject({ status: 503, code: 'ERR_STOPPING' });
    expect(served.row.listeners.size).toBe(0);
    // Connections stay open: later requests get an answer.
    expect(JSON.parse((await ask('/status')).body)).toMatchObject({ status: 503, code: 'ERR_STOPPING' });
  });

  it('ends with 503 when the server closes', async () => {
    const waits = Array.from({ length: 48 }, () => ask('/connections/{id}', '?wait=closed&timeout=60s'));
    // All of them: one that the server has not accepted when it closes gets no answer.
    await until('the waits', () => served.row.listeners.size === 48);
    await served.server.close();
    for (const { status, body } of await Promise.all(waits)) {
      expect(status).toBe(503);
      expect(JSON.parse(body)).toMatchObject({ code: 'ERR_STOPPING' });
    }
    expect(served.row.listeners.size).toBe(0);
  });
});

describe('/http', () => {
  const CAPTURED = {
    ...{ packets: { read: 10, dropped: 0 }, freezes: 0, gaps: 0, evictedFlows: 0 },
    ...{ unpaired: { start: 1 }, unparsed: {}, notHttp: { tls: 0 }, flows: 1, heldBytes: 0 },
  };

  beforeEach(async () => {
    const exchanges = new HttpAnswers({
      ports: [{ first: 80, last: 80 }],
      figures: () => CAPTURED,
      nowUs: () => START_US + 1e6,
    });
    for (let n = 1; n <= 3; n++) {
      const connection = n === 3 ? null : connectionOf({ uuid: ID });
      exchanges.add(exchangeAt(1e6 + n, { connection, host: n === 3 ? 'x\u0007' : 'www.example.com', position: n }));
    }
    served = await start({ exchanges });
  });

  it('answers hosts as documented', async () => {
    const { status, headers, body } = await ask('/http', '?limit=1');
    expect([status, headers['content-type']]).toEqual([200, 'application/json; charset=utf-8']);
    expect(body).not.toContain('\u0007');
    expectGolden('http', JSON.parse(body));
  });

  it('answers the exchanges of a connection as documented, by each kind of id', async () => {
    const { body } = await ask('/connections/{id}/http');
    expectGolden('connection-http', JSON.parse(body));
    for (const id of ['D8F', `cookie:${0xd8f}`, '192.0.2.7:50000-198.51.100.1:443']) {
      expect((await ask('/connections/{id}/http', '', id)).body, id).toBe(body);
    }
    expect(JSON.parse((await ask('/connections/{id}/http', '', 'D90')).body)).toMatchObject({ exchanges: [] });
    expect((await ask('/connections/{id}/http', '', 'ABCDEF')).status).toBe(404);
  });

  it.each(['?limit=0', '?limit=1001', '?offset=1'])('refuses %s', async (query) => {
    expect(JSON.parse((await ask('/http', query)).body)).toMatchObject({ status: 400, code: 'ERR_PARAMETER' });
  });

  it('says what is missing where HTTP is not read', async () => {
    served = await start();
    const expected = { status: 404, code: 'ERR_NO_HTTP', detail: expect.stringMatching(/-http\.ports/) };
    expect(JSON.parse((await ask('/http')).body)).toMatchObject(expected);
    expect(JSON.parse((await ask('/connections/{id}/http')).body)).toMatchObject(expected);
  });
});

describe('/network', () => {
  const ANSWER: NetworkJson = {
    time: '2026-11-28T19:05:02.004Z',
    listeners: {
      count: 1,
      sockets: [
        {
          ...{ localAddress: '0.0.0.0', localPort: 443, queued: 129, backlog: 128 },
          ...{ fillRatio: 1, drops: 4711, halfOpen: 2 },
        },
      ],
    },
    localPorts: {
      ...{ ports: 28_232, used: 1204, usedToBusiest: 1100, destinationCount: 1 },
      destinations: [{ localAddress: '10.0.0.1', remoteAddress: '10.0.3.7', remotePort: 5432, ports: 1100 }],
    },
    sockets: { inUse: 1300, timeWait: 40, maxTimeWait: 131_072, orphans: 0, maxOrphans: null },
    memory: { usedBytes: 4_194_304, pressureBytes: null, maxBytes: null },
    conntrack: { entries: 12, maxEntries: 262_144, drops: 0, earlyDrops: null },
    counters: { activeOpens: 17, listenOverflows: 4711, listenDrops: 4711 },
    unknown: [{ part: 'maxOrphans', reason: 'a sentence' }],
  };

  it('answers as documented', async () => {
    served = await start({ network: { network: async () => ANSWER } });
    const { status, headers, body } = await ask('/network');
    expect([status, headers['content-type']]).toEqual([200, 'application/json; charset=utf-8']);
    expect(JSON.parse(body)).toEqual(ANSWER);
    expectGolden('network', JSON.parse(body));
  });

  it('takes no parameter', async () => {
    expect(JSON.parse((await ask('/network', '?limit=1')).body)).toMatchObject({ status: 400, code: 'ERR_PARAMETER' });
  });

  it('says that archives have none', async () => {
    const { status, body } = await ask('/network');
    expect(status).toBe(404);
    expect(JSON.parse(body)).toMatchObject({
      code: 'ERR_NO_NETWORK',
      detail: expect.stringMatching(/archives .* -live/),
    });
  });
});
