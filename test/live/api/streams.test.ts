import { beforeEach, describe, expect, it } from 'vitest';
import type { ViewMessage } from '../../../live/answers/index.js';
import { StreamClient } from '../../../live/api/streams/client.js';
import { ViewStream } from '../../../live/api/streams/view-stream.js';
import { AnswerStream } from '../../../live/http/answer-stream.js';
import { sample } from '../../support/metric.js';
import { type ApiDocument, ApiValidator } from '../../support/openapi-validator.js';
import { until } from '../../support/waiting.js';
import { events, get, liveMetrics, openStream, type Served, type StreamReader, useLiveServer } from './harness.js';

const start = useLiveServer();
const ID = 'host_1795890818_0000000000000D8F';

let served: Served;
let validator: ApiValidator;
beforeEach(async () => {
  served = await start();
  validator = new ApiValidator(JSON.parse((await get(served, '/openapi.json')).body) as ApiDocument);
});

/** Waits for so many events, and returns them. */
async function eventsOf(client: StreamReader, count: number): Promise<ReturnType<typeof events>> {
  return await until(`${count} events`, () => {
    const all = events(client.body());
    return all.length >= count ? all : undefined;
  });
}

describe('a stream of a view', () => {
  it('sends view first and delta after, with the generation as id', async () => {
    const client = await openStream(served, '/stream?limit=1');
    await eventsOf(client, 1);
    served.store.tick();
    await eventsOf(client, 2);
    served.store.tick();
    const all = await eventsOf(client, 3);
    expect(client.head()).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(client.head()).toContain('\r\nContent-Type: text/event-stream\r\n');
    expect(client.head()).toContain('\r\nCache-Control: no-store\r\n');
    expect(all.map(({ id, event }) => [id, event])).toEqual([
      ['1', 'view'],
      ['2', 'delta'],
      ['3', 'delta'],
    ]);
    expect(validator.errors('ViewEventJson', JSON.parse(all[0]?.data ?? ''))).toEqual([]);
    expect(validator.errors('DeltaEventJson', JSON.parse(all[1]?.data ?? ''))).toEqual([]);
    expect(JSON.parse(all[0]?.data ?? '')).toMatchObject({ generation: 1, order: [ID] });
    expect(await sample(served.metrics, 'tcpinfo_live_messages_total')).toBe(3);
  });

  it('is lines of JSON if the client accepts them', async () => {
    const client = await openStream(served, '/stream?limit=1', 'application/x-ndjson');
    await until('a line', () => client.body().endsWith('\n'));
    served.store.tick();
    const lines = await until('two lines', () => {
      const found = client.body().split('\n').slice(0, -1);
      return found.length === 2 ? found : undefined;
    });
    expect(client.head()).toContain('\r\nContent-Type: application/x-ndjson; charset=utf-8\r\n');
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([{ event: 'view' }, { event: 'delta' }]);
  });

  it('is no stream for a client that accepts something else, nor for HEAD', async () => {
    expect(await get(served, '/stream', { accept: 'application/json' })).toMatchObject({ status: 406 });
    const head = await get(served, '/stream', {}, 'HEAD');
    expect(head).toMatchObject({ status: 200, headers: { 'content-type': 'text/event-stream' }, body: '' });
    await until('no subscription', () => served.answering.subscribed === 0);
  });

  it('ends with its client', async () => {
    const client = await openStream(served, '/stream');
    await eventsOf(client, 1);
    expect(served.answering.subscribed).toBe(1);
    client.socket.destroy();
    await until('no subscription', () => served.answering.subscribed === 0);
    expect(served.store.waiting).toBe(0);
  });

  it('ends with a last event as soon as the collector prepares for its end', async () => {
    const clients = [await openStream(served, '/stream'), await openStream(served, '/connections/D8F/stream')];
    for (const client of clients) await eventsOf(client, 1);
    served.server.stop();
    for (const client of clients) {
      await until('the end', () => client.closed());
      expect(events(client.body()).at(-1)).toEqual({ id: undefined, event: 'end', data: '{"reason":"stopping"}' });
      expect(events(client.body()).filter(({ event }) => event === 'end')).toHaveLength(1);
    }
    expect([served.answering.subscribed, served.store.waiting]).toEqual([0, 0]);
  });

  it('ends with a last event when the server closes', async () => {
    const [events1, lines] = [
      await openStream(served, '/stream'),
      await openStream(served, '/stream', '*/x-ndjson, application/x-ndjson;q=1'),
    ];
    await eventsOf(events1, 1);
    await until('a line', () => lines.body().endsWith('\n'));
    const startedMs = performance.now();
    await served.server.close();
    expect(performance.now() - startedMs).toBeLessThan(5000);
    await until('the ends', () => events1.closed() && lines.closed());
    expect(events(events1.body()).at(-1)).toEqual({ id: undefined, event: 'end', data: '{"reason":"stopping"}' });
    expect(lines.body()).toMatch(/\n\{"event":"end","reason":"stopping"\}\n$/);
    expect(served.answering.subscribed).toBe(0);
  });

  it('is for 32 clients at a time', async () => {
    const clients = await Promise.all(Array.from({ length: 32 }, () => openStream(served, '/stream')));
    await Promise.all(clients.map((client) => eventsOf(client, 1)));
    const refused = await get(served, '/stream');
    expect(refused).toMatchObject({ status: 429, headers: { 'retry-after': '1' } });
    expect(JSON.parse(refused.body)).toMatchObject({ code: 'ERR_LIMIT', detail: 'there are 32 streams already' });
    clients[0]?.socket.destroy();
    await until('a free place', async () => {
      served.store.tick();
      const { status } = await get(served, '/stream', {}, 'HEAD');
      return status === 200;
    });
  });

  it('keeps at most one message for a client that never reads, then sends the whole view', async () => {
    const client = await openStream(served, '/stream');
    await eventsOf(client, 1);
    client.socket.pause();
    // So large that a few messages fill the buffers of kernel and client.
    Object.assign(served.row, { process: { ...served.row.process, command: 'x'.repeat(200_000) } });
    let skipped = 0;
    await until('a skipped message', async () => {
      served.store.tick();
      skipped = await sample(served.metrics, 'tcpinfo_live_messages_skipped_total');
      return skipped > 0;
    });
    const memory = process.memoryUsage.rss();
    for (let n = 1; n <= 500; n++) {
      served.store.tick();
      const name = 'tcpinfo_live_messages_skipped_total';
      await until('another skipped message', async () => (await sample(served.metrics, name)) === skipped + n);
    }
    expect(process.memoryUsage.rss() - memory).toBeLessThan(64 * 1024 * 1024);
    client.socket.resume();
    const last = await until('a view of now', () => {
      served.store.tick();
      return events(client.body()).find(({ data }) => data.startsWith('{"skipped":'));
    });
    expect(last.event).toBe('view');
    const view = JSON.parse(last.data) as { readonly skipped: number; readonly generation: number };
    expect(view.skipped).toBeGreaterThanOrEqual(skipped + 500);
    expect(view).toMatchObject({ generation: Number(last.id) });
  });

  it('ends when a message would be too large', async () => {
    Object.assign(served.row, { process: { ...served.row.process, command: 'x'.repeat(2 ** 20) } });
    const client = await openStream(served, '/stream');
    const [only] = await eventsOf(client, 1);
    expect(only).toMatchObject({ event: 'end' });
    expect(validator.errors('EndEventJson', JSON.parse(only?.data ?? ''))).toEqual([]);
    expect(JSON.parse(only?.data ?? '')).toMatchObject({ reason: 'too-large' });
    await until('the end', () => client.closed());
    expect(served.answering.subscribed).toBe(0);
  });
});

describe('a stream of one connection', () => {
  it('sends the row, then new cells, then the final row, and ends', async () => {
    const client = await openStream(served, '/connections/D8F/stream?window=10s&every=100ms');
    await eventsOf(client, 1);
    for (const sent of [1000, 3000]) {
      served.row.endUs += 1e6;
      served.row.add(sent);
      served.store.tick();
      await eventsOf(client, sent === 1000 ? 2 : 3);
      // Two generations of a test may be nearer to each other than `every`: the next one has both.
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    served.store.close(served.row);
    await until('the end', () => client.closed());
    const all = events(client.body());
    expect(all.map(({ event }) => event)).toEqual(['view', 'cell', 'cell', 'cell', 'closed']);
    const schemas = { view: 'ConnectionEventJson', cell: 'CellEventJson', closed: 'ClosedEventJson' } as const;
    for (const { event, data } of all) {
      expect(validator.errors(schemas[event as keyof typeof schemas], JSON.parse(data)), event).toEqual([]);
    }
    const cells = all
      .filter(({ event }) => event === 'cell')
      .map(({ data }) => JSON.parse(data) as { readonly cells: readonly { readonly fromUs: number }[] });
    // At most the newest 1,000 of a thousand and one; the last cell of a message comes again.
    expect(cells.map(({ cells: each }) => [each.at(0)?.fromUs, each.at(-1)?.fromUs])).toEqual([
      [1000, 1_000_000],
      [1_001_000, 2_000_000],
      [2_000_000, 2_000_000],
    ]);
    expect(cells.map(({ cells: each }) => each.length)).toEqual([1000, 1000, 1]);
    expect(JSON.parse(all.at(-1)?.data ?? '')).toMatchObject({ open: false, endCause: 'event' });
    expect(served.store.waiting).toBe(0);
  });

  it('of a closed connection has its cells and ends at once', async () => {
    served.store.close(served.row);
    const client = await openStream(served, `/connections/${ID}/stream`);
    await until('the end', () => client.closed());
    expect(events(client.body()).map(({ event }) => event)).toEqual(['view', 'cell', 'closed']);
  });

  it('has each record of its connection kept while it is open', async () => {
    const clients = [
      await openStream(served, '/connections/D8F/stream?width=100ms'),
      await openStream(served, '/connections/D8F/stream'),
    ];
    for (const client of clients) await eventsOf(client, 1);
    expect(served.store.watched).toEqual([ID, ID]);
    for (const client of clients) client.socket.destroy();
    await until('no stream', () => served.store.watched.length === 0);
    await get(served, '/connections/D8F/stream', { accept: 'text/event-stream' }, 'HEAD');
    await until('no stream', () => served.store.watched.length === 0);
  });

  it('ends with a reason when the timeline cannot be read', async () => {
    served.store.timeline = () => Promise.reject(new Error('secret detail'));
    const client = await openStream(served, '/connections/D8F/stream');
    await eventsOf(client, 1);
    served.store.tick();
    await until('the end', () => client.closed());
    expect(events(client.body()).at(-1)).toMatchObject({ event: 'end', data: '{"reason":"failed"}' });
    expect(served.lines.join('')).toContain('secret detail');
  });
});

describe('messages for a client whose socket is full', () => {
  it('are skipped and counted; the next one is a view', () => {
    const { live } = liveMetrics();
    const written: string[] = [];
    const socket = {
      writableLength: 0,
      write: (bytes: Buffer) => written.push(bytes.toString()),
      cork() {},
      uncork() {},
    };
    const stream = new AnswerStream({
      socket: socket as unknown as ConstructorParameters<typeof AnswerStream>[0]['socket'],
      isChunked: false,
      onWaiting: () => undefined,
      onComplete: () => undefined,
    });
    const client = new StreamClient({ stream, type: 'application/x-ndjson', metrics: live });
    const view = new ViewStream(client);
    const message = (generation: number, before?: number): ViewMessage => ({
      generation,
      before,
      view: () => {
        throw new Error('texts are shared');
      },
      delta: () => undefined,
      viewText: () => `{"generation":${generation}}`,
      deltaText: () => (before === undefined ? undefined : `{"generation":${generation},"rows":{}}`),
    });
    view.next(message(1));
    view.next(message(2, 1));
    socket.writableLength = 1;
    view.next(message(3, 2));
    view.next(message(4, 3));
    expect(client.skipped).toBe(2);
    socket.writableLength = 0;
    view.next(message(5, 4));
    view.next(message(6, 5));
    expect(written).toEqual([
      '{"event":"view","generation":1}\n',
      '{"event":"delta","generation":2,"rows":{}}\n',
      '{"event":"view","skipped":2,"generation":5}\n',
      '{"event":"delta","generation":6,"rows":{}}\n',
    ]);
    client.end();
  });

  it('are followed by ping after a silence', async () => {
    const { live } = liveMetrics();
    const written: string[] = [];
    const socket = {
      writableLength: 0,
      write: (bytes: Buffer) => written.push(bytes.toString()),
      cork() {},
      uncork() {},
    };
    const stream = new AnswerStream({
      socket: socket as unknown as ConstructorParameters<typeof AnswerStream>[0]['socket'],
      isChunked: false,
      onWaiting: () => undefined,
      onComplete: () => undefined,
    });
    const client = new StreamClient({ stream, type: 'text/event-stream', metrics: live, pingMs: 1 });
    await until('two pings', () => written.length >= 2);
    expect(written[0]).toBe('event: ping\ndata: {}\n\n');
    client.end();
    const count = written.length;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(written).toHaveLength(count);
  });
});
