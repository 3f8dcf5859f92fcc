import { writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type ConnectEventsOptions,
  connectEvents,
  type FlowEvent,
  NO_COOKIE,
} from '../../../live/eventsocket/index.js';
import { makeConnection, makeDirectory, makeServer, until, uuidOf } from './harness.js';

const CLOSE = '{"Event":1,"Timestamp":"2026-11-20T18:30:41.915380343-05:00","UUID":"u","ID":null}\n';

let directory: ReturnType<typeof makeDirectory>;
let path: string;
const servers: Server[] = [];
beforeEach(() => {
  directory = makeDirectory();
  path = join(directory.path, 'events.sock');
});
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
  }
  directory.remove();
});

/** Starts a server that handles its clients as the test wants. */
async function serve(onClient: (socket: Socket) => void): Promise<void> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    onClient(socket);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(path, resolve));
}

async function collect(options: ConnectEventsOptions = {}): Promise<FlowEvent[]> {
  const events: FlowEvent[] = [];
  for await (const event of connectEvents(path, options)) {
    events.push(event);
  }
  return events;
}

describe('connectEvents', () => {
  it('yields the events of our server until it closes', async () => {
    const { server } = makeServer();
    await server.listen(path);
    const collected = collect();
    await until('the client is served', () => server.clients === 1);
    for (let n = 0; n < 1000; n++) {
      server.opened(makeConnection(n));
      server.closed(makeConnection(n), { timestamp: '2026-11-20T23:28:03.3Z', cause: 'event' });
    }
    await server.close();
    const events = await collected;
    expect(events).toHaveLength(2000);
    expect(events[1998]).toMatchObject({ kind: 'open', uuid: uuidOf(999), id: { cookie: 999n } });
    expect(events[1999]).toEqual({ kind: 'close', uuid: uuidOf(999), timestamp: '2026-11-20T23:28:03.3Z' });
  });

  it('accepts other servers of the protocol', async () => {
    // ndt-server sends no cookie; later servers may send more fields.
    const lines = [
      '{"Event":0,"Timestamp":"2026-11-20T23:28:03Z","UUID":"u","ID":{"SPort":443,"DPort":1,"SrcIP":"::1","DstIP":"::1","Interface":0,"Cookie":-1}}\n',
      '{"Event":2,"Later":true}\n',
      CLOSE,
    ].join('');
    await serve((socket) => {
      for (const byte of Buffer.from(lines)) {
        socket.write(Uint8Array.of(byte));
      }
      socket.end();
    });
    const events = await collect();
    expect(events.map(({ kind }) => kind)).toEqual(['open', 'unknown', 'close']);
    expect(events[0]).toMatchObject({ id: { cookie: NO_COOKIE } });
  });

  it('reports when it is connected', async () => {
    await serve((socket) => socket.end());
    let connected = 0;
    await collect({ onConnect: () => connected++ });
    expect(connected).toBe(1);
  });

  it('disconnects when the loop is left', async () => {
    let left = false;
    await serve((socket) => {
      socket.resume().on('end', () => {
        left = true;
      });
      socket.write(CLOSE.repeat(3));
    });
    for await (const event of connectEvents(path)) {
      expect(event.kind).toBe('close');
      break;
    }
    await until('the server sees it', () => left);
  });

  it('ends without an error when aborted', async () => {
    await serve((socket) => socket.write(CLOSE));
    const stop = new AbortController();
    let seen = 0;
    for await (const _event of connectEvents(path, { signal: stop.signal })) {
      seen++;
      setImmediate(() => stop.abort());
    }
    expect(seen).toBe(1);
    expect(await collect({ signal: stop.signal })).toEqual([]);
    const early = new AbortController();
    const collected = collect({ signal: early.signal });
    early.abort();
    expect(await collected).toEqual([]);
  });

  it('throws the reason why there is no connection', async () => {
    await expect(collect()).rejects.toMatchObject({
      name: 'EventSocketError',
      code: 'ENOENT',
      op: 'connect',
      path,
      message: `connect event socket ${path}: no such file or directory (ENOENT)`,
    });
    writeFileSync(path, '');
    await expect(collect()).rejects.toMatchObject({ code: expect.stringMatching(/^(ECONNREFUSED|ENOTSOCK)$/) });
  });

  it('rejects invalid events, and endless lines', async () => {
    let answer = '{"Event":0}\n';
    await serve((socket) => socket.end(answer));
    await expect(collect()).rejects.toMatchObject({ code: 'ERR_MALFORMED' });
    answer = CLOSE.slice(0, -1);
    await expect(collect()).rejects.toMatchObject({ code: 'ERR_TRUNCATED' });
    answer = 'x'.repeat(70_000);
    await expect(collect()).rejects.toMatchObject({ code: 'ERR_LINE_TOO_LONG' });
    answer = CLOSE;
    await expect(collect({ maxLineBytes: 20 })).rejects.toMatchObject({ code: 'ERR_LINE_TOO_LONG' });
  });
});
