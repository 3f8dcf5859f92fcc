import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { beforeEach, describe, expect, it } from 'vitest';
import { type EventServer, type EventServerOptions, parseEvent } from '../../../live/eventsocket/index.js';
import type { Metrics } from '../../../metrics/index.js';
import { connectReader, makeConnection, makeServer, metricOf, until, useServers, uuidOf } from './harness.js';

const { servers, sockets, socketPath } = useServers();
let path: string;
beforeEach(() => {
  path = socketPath();
});

async function start(options: Partial<EventServerOptions> = {}): Promise<{ server: EventServer; metrics: Metrics }> {
  const made = makeServer(options);
  servers.push(made.server);
  await made.server.listen(path);
  return made;
}

function newReader(): ReturnType<typeof connectReader> {
  const reader = connectReader(path);
  sockets.push(reader.socket);
  return reader;
}

/** Connects a client that never reads. */
async function newSleeper(): Promise<Socket> {
  const socket = connect({ path });
  sockets.push(socket);
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.pause();
  return socket;
}

function uuids(text: string): string[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const event = parseEvent(line);
      return event.kind === 'unknown' ? '' : event.uuid;
    });
}

describe('EventServer', () => {
  it('sends a client open and close events, byte for byte', async () => {
    const { server } = await start();
    const reader = newReader();
    await until('the client is served', () => server.clients === 1);
    const connection = { ...makeConnection(0xd5c5), cookie: 0xd5c5n };
    server.opened(connection);
    server.changed(connection);
    server.closed(connection, { timestamp: '2026-11-20T23:28:03.319923211Z', cause: 'event' });
    await until('both lines came', () => reader.text().split('\n').length === 3);
    expect(reader.text()).toBe(
      '{"Event":0,"Timestamp":"2026-11-20T23:28:03.06902869Z","UUID":"host.example.com_1552945174_000000000000D5C5",' +
        '"ID":{"SPort":5001,"DPort":54725,"SrcIP":"10.88.0.1","DstIP":"10.88.213.197","Interface":0,"Cookie":54725}}\n' +
        '{"Event":1,"Timestamp":"2026-11-20T23:28:03.319923211Z","UUID":"host.example.com_1552945174_000000000000D5C5","ID":null}\n',
    );
  });

  it('sends every event in order to each of many clients', async () => {
    const { server, metrics } = await start();
    const readers = Array.from({ length: 50 }, newReader);
    await until('all are served', () => server.clients === readers.length);
    const expected: string[] = [];
    for (let n = 0; n < 3000; n++) {
      server.opened(makeConnection(n));
      expected.push(uuidOf(n));
      if (n % 100 === 0) {
        await new Promise(setImmediate);
      }
    }
    await until('the last came to all', () => readers.every((reader) => reader.text().includes(`"${uuidOf(2999)}"`)));
    for (const reader of readers) {
      expect(uuids(reader.text())).toEqual(expected);
    }
    expect(await metricOf(metrics, 'tcpinfo_flow_events_total{event="open"}')).toBe(3000);
    expect(await metricOf(metrics, 'tcpinfo_event_clients')).toBe(50);
    expect(await metricOf(metrics, 'tcpinfo_event_clients_connected_total')).toBe(50);
    expect(await metricOf(metrics, 'tcpinfo_events_lost_total')).toBe(0);
  });

  it('drops a client that does not read, counts its lost events, and continues to serve the others', async () => {
    const warnings: unknown[] = [];
    const { server, metrics } = await start({
      queueLimitBytes: 256 * 1024,
      warn: (message, fields) => warnings.push([message, fields]),
    });
    const reader = newReader();
    await newSleeper();
    await newSleeper();
    await until('all are served', () => server.clients === 3);
    let sent = 0;
    while (server.clients > 1) {
      expect(sent, 'the stuck clients are not dropped').toBeLessThan(100_000);
      for (let i = 0; i < 100; i++) {
        server.opened(makeConnection(sent++));
      }
      await until('the reader has them', () => reader.text().includes(`"${uuidOf(sent - 1)}"`));
    }
    server.opened(makeConnection(sent++));
    await until('the reader is still served', () => reader.text().includes(`"${uuidOf(sent - 1)}"`));
    expect(uuids(reader.text())).toHaveLength(sent);
    expect(await metricOf(metrics, 'tcpinfo_event_clients_dropped_total{reason="slow"}')).toBe(2);
    expect(await metricOf(metrics, 'tcpinfo_event_clients')).toBe(1);
    expect(await metricOf(metrics, 'tcpinfo_event_queue_limit_bytes')).toBe(256 * 1024);
    const lost = await metricOf(metrics, 'tcpinfo_events_lost_total');
    expect(lost).toBeGreaterThan((2 * 256 * 1024) / 250);
    expect(lost).toBeLessThanOrEqual(2 * sent);
    expect(warnings).toEqual([['event client dropped', { reason: 'slow', events_lost: expect.any(Number) }]]);
  });

  it('keeps a slow client as long as its queue holds', async () => {
    const { server, metrics } = await start({ queueLimitBytes: 4 * 1024 * 1024 });
    const sleeper = await newSleeper();
    await until('it is served', () => server.clients === 1);
    for (let n = 0; n < 10_000; n++) {
      server.opened(makeConnection(n)); // about 2 MB: more than the kernel buffers, within the limit
    }
    await new Promise(setImmediate);
    expect(server.clients).toBe(1);
    const parts: Buffer[] = [];
    sleeper.on('data', (part) => parts.push(part)).resume();
    await until('it caught up', () => Buffer.concat(parts).includes(`"${uuidOf(9999)}"`));
    expect(uuids(Buffer.concat(parts).toString())).toEqual(Array.from({ length: 10_000 }, (_, n) => uuidOf(n)));
    expect(await metricOf(metrics, 'tcpinfo_event_clients_dropped_total{reason="slow"}')).toBe(0);
    expect(await metricOf(metrics, 'tcpinfo_events_lost_total')).toBe(0);
  });

  it('tolerates clients that disconnect at once, and ignores their input', async () => {
    const { server, metrics } = await start();
    const reader = newReader();
    await until('the reader is served', () => server.clients === 1);
    for (let round = 0; round < 20; round++) {
      const storm = Array.from({ length: 20 }, (_, i) => {
        const socket = connect({ path });
        socket.on('error', () => {});
        socket.on('connect', () => {
          if (i % 2 === 0) {
            socket.write('is anybody there?\n'.repeat(100));
          }
          socket.destroy();
        });
        return once(socket, 'close');
      });
      server.opened(makeConnection(round));
      await Promise.all(storm);
    }
    await until('they are forgotten', () => server.clients === 1);
    await until(
      'all were counted',
      async () => (await metricOf(metrics, 'tcpinfo_event_clients_connected_total')) === 401,
    );
    await until('the reader has all', () => reader.text().includes(`"${uuidOf(19)}"`));
    expect(uuids(reader.text())).toHaveLength(20);
    const dropped = await metricOf(metrics, 'tcpinfo_event_clients_dropped_total{reason="gone"}');
    expect(dropped).toBe(400);
    expect(await metricOf(metrics, 'tcpinfo_event_clients_dropped_total{reason="error"}')).toBe(0);
  });

  it('rejects clients above the limit', async () => {
    const { server, metrics } = await start({ maxClients: 2 });
    const readers = [newReader(), newReader()];
    await until('two are served', () => server.clients === 2);
    const third = newReader();
    await until('the third is turned away', () => third.ended());
    expect(await metricOf(metrics, 'tcpinfo_event_clients_dropped_total{reason="limit"}')).toBe(1);
    readers[0]?.socket.destroy();
    await until('there is room again', () => server.clients === 1);
    newReader();
    await until('the next is served', () => server.clients === 2);
  });

  it('counts flows with or without clients', async () => {
    const { server, metrics } = await start();
    expect(await metricOf(metrics, 'tcpinfo_flow_events_total{event="close"}')).toBe(0);
    server.opened(makeConnection(1));
    server.closed(makeConnection(1), { timestamp: 't', cause: 'event' });
    expect(await metricOf(metrics, 'tcpinfo_flow_events_total{event="open"}')).toBe(1);
    expect(await metricOf(metrics, 'tcpinfo_flow_events_total{event="close"}')).toBe(1);
    const reader = newReader();
    await until('a latecomer is served', () => server.clients === 1);
    server.opened(makeConnection(2));
    await until('it receives the new event', () => reader.text() !== '');
    expect(uuids(reader.text())).toEqual([uuidOf(2)]);
  });

  it('sends everything that is queued before it closes', async () => {
    const { server, metrics } = await start();
    const readers = [newReader(), newReader()];
    await until('both are served', () => server.clients === 2);
    for (let n = 0; n < 20_000; n++) {
      server.opened(makeConnection(n));
    }
    await server.close(20_000);
    await until('both saw the end', () => readers.every((reader) => reader.ended()));
    for (const reader of readers) {
      expect(uuids(reader.text())).toHaveLength(20_000);
    }
    expect(await metricOf(metrics, 'tcpinfo_events_lost_total')).toBe(0);
    expect(await metricOf(metrics, 'tcpinfo_event_clients')).toBe(0);
    server.opened(makeConnection(1)); // too late, and harmless
  });

  it('waits for clients that do not read only until its deadline', async () => {
    const { server, metrics } = await start();
    await newSleeper();
    await until('it is served', () => server.clients === 1);
    for (let n = 0; n < 10_000; n++) {
      server.opened(makeConnection(n));
    }
    // This client never reads: only the deadline ends the wait.
    await server.close(50);
    expect(await metricOf(metrics, 'tcpinfo_event_clients_dropped_total{reason="slow"}')).toBe(1);
    expect(await metricOf(metrics, 'tcpinfo_events_lost_total')).toBeGreaterThan(1000);
    await server.close();
  });
});
