import { beforeEach, describe, expect, it } from 'vitest';
import type { Connection } from '../../../cache/index.js';
import {
  type EventServer,
  type EventServerOptions,
  type OpenEvent,
  parseEvent,
} from '../../../live/eventsocket/index.js';
import { connectReader, makeConnection, makeServer, until, useServers, uuidOf } from './harness.js';

const { servers, sockets, socketPath } = useServers();
let path: string;
beforeEach(() => {
  path = socketPath();
});

const NAT = { destination: '10.77.0.2:9001', source: '[2001:db8::1]:40009' };
const END = { timestamp: '2026-11-20T23:28:04Z', cause: 'event' } as const;

/** A server with translations that the test answers, and a reader. */
async function start(options: Partial<EventServerOptions> = {}) {
  const waiting: (() => void)[] = [];
  const known = new Set<bigint>();
  const flows: NonNullable<EventServerOptions['flows']> = {
    natReader:
      ({ cookie }: Connection) =>
      () =>
        known.has(cookie) ? NAT : undefined,
    whenKnown: (_, run) => {
      waiting.push(run);
      return true;
    },
  };
  const { server }: { server: EventServer } = makeServer({ v2: true, flows, ...options });
  servers.push(server);
  await server.listen(path);
  return { server, waiting, known };
}

async function read(server: EventServer) {
  const reader = connectReader(path);
  sockets.push(reader.socket);
  await until('the client is served', () => server.clients === 1);
  return { lines: () => reader.text().split('\n').slice(0, -1) };
}

describe('translated addresses in open events', () => {
  it('are waited for, and events stay in order', async () => {
    const { server, waiting, known } = await start();
    const reader = await read(server);
    const [first, second] = [makeConnection(1), makeConnection(2)];
    server.opened(first);
    server.opened(second);
    server.closed(first, END);
    known.add(1n);
    for (const run of waiting) run();
    await until('three events', () => reader.lines().length === 3);
    const events = reader.lines().map(parseEvent);
    expect(events).toMatchObject([
      { kind: 'open', uuid: uuidOf(1), nat: NAT, sequence: 1 },
      { kind: 'open', uuid: uuidOf(2), sequence: 2 },
      { kind: 'close', uuid: uuidOf(1), sequence: 3 },
    ]);
    expect((events[1] as OpenEvent).nat).toBeUndefined();
    expect(reader.lines()[0]).toMatch(
      /"Dropped":0,"Nat":\{"Destination":"10\.77\.0\.2:9001","Source":"\[2001:db8::1\]:40009"\}\}$/,
    );
  });

  it('are left out when no answer comes, and in no case hold events for long', async () => {
    const { server } = await start();
    const reader = await read(server);
    server.opened(makeConnection(1));
    await until('the event', () => reader.lines().length === 1);
    expect(reader.lines()[0]).not.toContain('Nat');
  });

  it('are in replayed events if they are known', async () => {
    const connection = makeConnection(1);
    const { server, known } = await start({ live: () => [connection] });
    known.add(1n);
    const reader = await read(server);
    await until('the replay', () => reader.lines().length === 1);
    expect(parseEvent(reader.lines()[0] ?? '')).toMatchObject({ replay: true, nat: NAT });
  });
});
