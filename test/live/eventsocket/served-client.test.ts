import { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EventLog } from '../../../live/eventsocket/event-log.js';
import { type ClientEnd, ServedClient } from '../../../live/eventsocket/served-client.js';
import { Turns } from '../../../live/eventsocket/turns.js';

/** A socket whose other side reads only on request. */
class ManualSocket extends Socket {
  #taken: ((error?: Error) => void) | undefined;

  override _write(_chunk: unknown, _encoding: BufferEncoding, taken: (error?: Error) => void): void {
    this.#taken = taken;
  }

  override _read(): void {}

  get isAsked(): boolean {
    return this.#taken !== undefined;
  }

  deliver(): void {
    const taken = this.#taken;
    this.#taken = undefined;
    taken?.();
  }
}

const STALL_MS = 30_000;

let socket: ManualSocket;
let ends: [ClientEnd, number][];
let written: number[];
let client: ServedClient;
let log: EventLog;
let replaysOver: number;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  socket = new ManualSocket();
  const own: typeof ends = []; // sockets of earlier tests may still close
  ends = own;
  written = [];
  log = new EventLog();
  replaysOver = 0;
  const onEnd = (_client: ServedClient, end: ClientEnd, eventsLost: number) => own.push([end, eventsLost]);
  client = new ServedClient({ socket, log, queueLimitBytes: 1024, onEnd });
});
afterEach(() => {
  socket.destroy();
  vi.useRealTimers();
});

function replay(chunks: number): void {
  client.replay({
    chunks: Array.from({ length: chunks }, (_, i) => ({ chunk: Buffer.from(`${i}\n`), events: i + 1 })),
    turns: new Turns(),
    stallMs: STALL_MS,
    onWritten: (events) => written.push(events),
    onEnd: () => replaysOver++,
  });
}

function append(lines: string, events: number): void {
  log.append(Buffer.from(lines), events);
  client.wake();
}

/** Lets everything finish that waits for neither a timer nor the client. */
async function settle(): Promise<void> {
  for (let round = 0; round < 5; round++) {
    await new Promise(setImmediate);
  }
}

describe('ServedClient with a replay', () => {
  it('counts what is written, and gives the client its full time for each chunk', async () => {
    replay(3);
    for (const counted of [[1], [1, 2], [1, 2, 3]]) {
      await settle();
      expect(socket.isAsked).toBe(true);
      vi.advanceTimersByTime(STALL_MS - 1);
      expect(written).toHaveLength(counted.length - 1);
      socket.deliver();
      await settle();
      expect(written).toEqual(counted);
    }
    vi.advanceTimersByTime(10 * STALL_MS);
    expect(ends, 'there is no deadline after the replay').toEqual([]);
    expect(replaysOver).toBe(1);
  });

  it('does not count the time in which the client waits for its turn', async () => {
    replay(2);
    vi.advanceTimersByTime(10 * STALL_MS);
    await settle();
    expect(ends).toEqual([]);
    expect(socket.isAsked).toBe(true);
  });

  it('ends as slow when a chunk is not taken in time, and counts the events after the replay as lost', async () => {
    replay(3);
    await settle();
    socket.deliver();
    await settle();
    append('new\n', 7);
    vi.advanceTimersByTime(STALL_MS);
    expect(ends).toEqual([['slow', 7]]);
    expect(written).toEqual([1]);
    await settle();
    expect(vi.getTimerCount()).toBe(0);
    expect(written).toEqual([1]);
  });

  it('leaves no timer when it ends otherwise', async () => {
    replay(3);
    await settle();
    expect(vi.getTimerCount()).toBe(1);
    client.end('gone');
    expect(vi.getTimerCount()).toBe(0);
    expect(replaysOver).toBe(1);
  });
});

describe('ServedClient', () => {
  it('gives its socket one chunk at a time, however much waits', async () => {
    for (let n = 0; n < 100; n++) append(`${n}\n`, 1);
    await settle();
    expect(socket.isAsked).toBe(true);
    expect(socket.writableLength, 'the first line alone').toBe(2);
    socket.deliver();
    await settle();
    expect(socket.writableLength, 'all others together').toBe(288);
    expect(client.waitingBytes).toBe(288);
    socket.deliver();
    await settle();
    expect([client.waitingBytes, socket.writableLength]).toEqual([0, 0]);
    expect(ends).toEqual([]);
  });

  it('is slow beyond its limit, and counts the events that it did not take as lost', async () => {
    append(`${'a'.repeat(500)}\n`, 2);
    append(`${'b'.repeat(500)}\n`, 3);
    await settle();
    socket.deliver();
    await settle();
    append(`${'c'.repeat(522)}\n`, 4);
    expect(ends, 'exactly at the limit').toEqual([]);
    append('d\n', 5);
    expect(ends).toEqual([['slow', 12]]);
  });
});
