import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Connection } from '../../../cache/index.js';
import {
  type EventServer,
  type EventServerOptions,
  type FlowEvent,
  parseEvent,
} from '../../../live/eventsocket/index.js';
import type { Metrics } from '../../../metrics/index.js';
import {
  connectReader,
  makeConnection,
  makeServer,
  metricOf,
  type Reader,
  until,
  useServers,
  uuidOf,
} from './harness.js';

const { servers, sockets, socketPath } = useServers();
let path: string;
beforeEach(() => {
  path = socketPath();
});

/** A server and the state of all connections. Like the cache, it updates the state before it notifies the server. */
class World {
  readonly #live = new Map<number, Connection>();
  readonly server: EventServer;
  readonly metrics: Metrics;

  constructor(options: Partial<EventServerOptions> = {}) {
    const made = makeServer({ live: () => this.#live.values(), ...options });
    this.server = made.server;
    this.metrics = made.metrics;
    servers.push(made.server);
  }

  open(n: number): void {
    const connection = makeConnection(n);
    this.#live.set(n, connection);
    this.server.opened(connection);
  }

  close(n: number): void {
    const connection = this.#live.get(n);
    if (connection === undefined) {
      throw new Error(`${n} does not live`);
    }
    this.#live.delete(n);
    this.server.closed(connection, { timestamp: '2026-11-20T23:28:04Z', cause: 'vanished' });
  }

  isOpen(n: number): boolean {
    return this.#live.has(n);
  }

  lastRecords(): WeakRef<Connection['last']>[] {
    return [...this.#live.values()].map(({ last }) => new WeakRef(last));
  }

  get uuids(): string[] {
    return [...this.#live.values()].map(({ uuid }) => uuid);
  }
}

async function start(options: Partial<EventServerOptions> = {}): Promise<World> {
  const world = new World(options);
  await world.server.listen(path);
  return world;
}

function newReader(): Reader {
  const reader = connectReader(path);
  sockets.push(reader.socket);
  return reader;
}

async function newSleeper(): Promise<Socket> {
  const socket = connect({ path });
  sockets.push(socket);
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.pause();
  return socket;
}

type Flow = Exclude<FlowEvent, { kind: 'unknown' }>;

function flows(text: string): Flow[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const event = parseEvent(line);
      if (event.kind === 'unknown') {
        throw new Error(line);
      }
      return event;
    });
}

/**
 * Returns the connections alive for a client that applies each event. @throws when an event contradicts earlier ones
 */
function follow(events: readonly Flow[]): string[] {
  const live = new Set<string>();
  let replaying = true;
  for (const event of events) {
    const { kind, uuid } = event;
    const isReplay = kind === 'open' && event.replay === true;
    if (isReplay && !replaying) throw new Error(`${uuid} replayed after new events`);
    replaying = isReplay;
    if (kind === 'open' && live.has(uuid)) throw new Error(`${uuid} opened twice`);
    if (kind === 'open') live.add(uuid);
    else if (!live.delete(uuid)) throw new Error(`${uuid} closed, and was not open`);
  }
  return [...live];
}

describe('EventServer with replay', () => {
  it('sends a new client every living connection, marked, and then new events, byte for byte', async () => {
    const world = await start();
    world.open(1);
    world.open(2);
    world.open(3);
    world.close(2);
    const reader = newReader();
    await until('the client is served', () => world.server.clients === 1);
    world.open(4);
    world.close(1);
    await until('all came', () => reader.text().split('\n').length === 5);
    const line = (n: number, end: string) =>
      `{"Event":0,"Timestamp":"2026-11-20T23:28:03.06902869Z","UUID":"${uuidOf(n)}","ID":{"SPort":5001,"DPort":${n},` +
      `"SrcIP":"10.88.0.1","DstIP":"10.88.0.${n}","Interface":0,"Cookie":${n}}${end}\n`;
    expect(reader.text()).toBe(
      line(1, ',"Replay":true}') +
        line(3, ',"Replay":true}') +
        line(4, '}') +
        `{"Event":1,"Timestamp":"2026-11-20T23:28:04Z","UUID":"${uuidOf(1)}","ID":null}\n`,
    );
    expect(await metricOf(world.metrics, 'tcpinfo_events_replayed_total')).toBe(2);
    expect(await metricOf(world.metrics, 'tcpinfo_flow_events_total{event="open"}')).toBe(4);
  });

  it('sends each client each connection once, whenever the client connects', async () => {
    const world = await start({ v2: true });
    const readers: Reader[] = [];
    // The same sequence each time: a Lehmer generator.
    let random = 42;
    const below = (limit: number): number => {
      random = (random * 48_271) % 0x7fff_ffff;
      return random % limit;
    };
    let next = 0;
    for (let round = 0; round < 80; round++) {
      for (let i = below(40); i > 0; i--) {
        const n = below(next + 1);
        if (next > 0 && below(3) === 0 && world.isOpen(n)) {
          world.close(n);
        } else {
          world.open(next++);
        }
        if (below(20) === 0 && readers.length < 40) {
          readers.push(newReader()); // in the middle of a batch
        }
      }
      await new Promise(setImmediate);
    }
    await until('all are served', () => world.server.clients === readers.length);
    world.open(next);
    await until('the last came to all', () => readers.every((reader) => reader.tail().includes(`"${uuidOf(next)}"`)));
    expect(readers.length).toBeGreaterThan(20);
    for (const reader of readers) {
      const events = flows(reader.text());
      expect(follow(events).sort()).toEqual(world.uuids.sort());
      const replayed = events.findLastIndex((event) => event.kind === 'open' && event.replay === true) + 1;
      const first = events[replayed]?.sequence ?? 0;
      expect(events.slice(0, replayed).every(({ sequence }) => sequence === first - 1)).toBe(true);
      expect(events.slice(replayed).every(({ sequence }, i) => sequence === first + i)).toBe(true);
    }
    // Some clients connected after the start.
    expect(await metricOf(world.metrics, 'tcpinfo_events_replayed_total')).toBeGreaterThan(1000);
  });

  it('replays more than a queue holds, one chunk at a time, while others are served', async () => {
    const COUNT = 50_000;
    const world = await start({ queueLimitBytes: 1024 * 1024 });
    for (let n = 0; n < COUNT; n++) {
      world.open(n);
    }
    const first = newReader();
    await until('the first is served', () => world.server.clients === 1);
    world.close(0);
    world.open(COUNT);
    let turns = 0;
    while (!first.tail().includes(`"${uuidOf(COUNT)}"`)) {
      turns++;
      await new Promise(setImmediate);
    }
    const events = flows(first.text());
    expect(events).toHaveLength(COUNT + 2);
    expect(follow(events).sort()).toEqual(world.uuids.sort());
    expect(turns, 'others were served in the meantime').toBeGreaterThan(100);
    expect(await metricOf(world.metrics, 'tcpinfo_event_clients_dropped_total{reason="slow"}')).toBe(0);
    expect(await metricOf(world.metrics, 'tcpinfo_events_replayed_total')).toBe(COUNT);
  });

  it('drops a client that does not read its replay when too many events wait after it', async () => {
    const world = await start({ queueLimitBytes: 256 * 1024 });
    for (let n = 0; n < 10_000; n++) {
      world.open(n);
    }
    await newSleeper();
    await until('it is served', () => world.server.clients === 1);
    let n = 10_000;
    for (; world.server.clients > 0; n++) {
      expect(n, 'the client is not dropped').toBeLessThan(100_000);
      world.open(n);
      if (n % 100 === 0) {
        await new Promise(setImmediate);
      }
    }
    const lost = await metricOf(world.metrics, 'tcpinfo_events_lost_total');
    expect(lost, 'unsent replayed events do not count as lost').toBeLessThanOrEqual(n - 10_000);
    expect(lost).toBeGreaterThan(500);
    expect(await metricOf(world.metrics, 'tcpinfo_events_replayed_total')).toBeLessThan(10_000);
  });

  it('drops a client that does not read its replay, even without new events', async () => {
    const world = await start({ replayStallMs: 20 });
    for (let n = 0; n < 10_000; n++) {
      world.open(n);
    }
    await newSleeper();
    await until('it came', async () => (await metricOf(world.metrics, 'tcpinfo_event_clients_connected_total')) === 1);
    await until('it is dropped', () => world.server.clients === 0);
    expect(await metricOf(world.metrics, 'tcpinfo_event_clients_dropped_total{reason="slow"}')).toBe(1);
    expect(await metricOf(world.metrics, 'tcpinfo_events_lost_total')).toBe(0);
    expect(await metricOf(world.metrics, 'tcpinfo_events_replayed_total')).toBeLessThan(10_000);
  });

  it('keeps neither connections nor their records for a client that does not read', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const world = await start();
    for (let n = 0; n < 10_000; n++) {
      world.open(n);
    }
    const records = world.lastRecords();
    await newSleeper();
    const replayed = () => metricOf(world.metrics, 'tcpinfo_events_replayed_total');
    await until('the replay is under way', async () => (await replayed()) > 0);
    for (let n = 0; n < 10_000; n++) {
      world.close(n);
    }
    await until('the records are gone', () => {
      collectGarbage();
      return records.every((record) => record.deref() === undefined);
    });
    expect(world.server.clients, 'the client is still there').toBe(1);
    expect(await replayed(), 'its replay is not finished').toBeLessThan(10_000);
  });

  it('sends the replay and the events after it before it closes', async () => {
    const world = await start();
    for (let n = 0; n < 5000; n++) {
      world.open(n);
    }
    const sleeper = await newSleeper();
    await until('it is served', () => world.server.clients === 1);
    for (let n = 0; n < 5000; n++) {
      world.close(n);
    }
    const parts: Buffer[] = [];
    sleeper.on('data', (part) => parts.push(part)).resume();
    await world.server.close(20_000);
    await until('it saw the end', () => sleeper.readableEnded);
    const events = flows(Buffer.concat(parts).toString());
    expect(events).toHaveLength(10_000);
    expect(follow(events)).toEqual([]);
  });

  it('ends a replay at once when the client disconnects', async () => {
    const world = await start();
    for (let n = 0; n < 20_000; n++) {
      world.open(n);
    }
    const reader = newReader();
    await until('it began to read', () => reader.text() !== '');
    reader.socket.destroy();
    await until('it is forgotten', () => world.server.clients === 0);
    const replayed = await metricOf(world.metrics, 'tcpinfo_events_replayed_total');
    world.open(20_000);
    await new Promise(setImmediate);
    expect(await metricOf(world.metrics, 'tcpinfo_events_replayed_total')).toBe(replayed);
    expect(await metricOf(world.metrics, 'tcpinfo_events_lost_total')).toBe(0);
  });
});
