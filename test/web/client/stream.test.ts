import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { StreamEvent } from '../../../web/client/api-client.js';
import { ProblemError, pageProblem } from '../../../web/client/problem-error.js';
import { SILENCE_MS, Stream } from '../../../web/client/stream.js';

/** Stream whose messages the test sends. */
class FakeBody {
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  readonly body: ReadableStream<Uint8Array>;
  isAborted = false;

  constructor(signal: AbortSignal) {
    this.body = new ReadableStream({
      start: (controller) => {
        this.#controller = controller;
      },
    });
    signal.addEventListener('abort', () => {
      this.isAborted = true;
      try {
        this.#controller?.error(signal.reason);
      } catch {
        // It has ended already.
      }
    });
  }

  send(...messages: readonly object[]): void {
    const text = messages.map((message) => `${JSON.stringify(message)}\n`).join('');
    this.#controller?.enqueue(new TextEncoder().encode(text));
  }

  raw(text: string): void {
    this.#controller?.enqueue(new TextEncoder().encode(text));
  }

  end(): void {
    this.#controller?.close();
  }
}

class FakeVisibility {
  isHidden = false;
  readonly #listeners = new Set<() => void>();

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  set(isHidden: boolean): void {
    this.isHidden = isHidden;
    for (const listener of this.#listeners) listener();
  }
}

const open: FakeBody[] = [];
let refuseWith: ProblemError | undefined;
let events: StreamEvent[] = [];
let visibility = new FakeVisibility();
let stream: Stream | undefined;

function follow(): void {
  stream = new Stream({
    open: async (signal) => {
      if (refuseWith !== undefined) throw refuseWith;
      const body = new FakeBody(signal);
      open.push(body);
      return body.body;
    },
    on: (event) => events.push(event),
    visibility,
    random: () => 0,
  });
}

/** Lets promises go on without time passing. */
async function settle(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
}

beforeEach(() => {
  vi.useFakeTimers();
  open.length = 0;
  refuseWith = undefined;
  events = [];
  visibility = new FakeVisibility();
});
afterEach(() => {
  stream?.stop();
  vi.useRealTimers();
});

describe('Stream', () => {
  it('reports messages, but not ping', async () => {
    follow();
    await settle();
    open[0]?.send({ event: 'view', total: 1 }, { event: 'ping' }, { event: 'delta', total: 2 });
    await settle();
    expect(events).toEqual([
      { kind: 'event', event: 'view', data: { event: 'view', total: 1 } },
      { kind: 'event', event: 'delta', data: { event: 'delta', total: 2 } },
    ]);
  });

  it('waits longer after each failure in a row, and begins anew', async () => {
    refuseWith = pageProblem('ERR_UNREACHABLE', 'the collector cannot be reached');
    follow();
    await settle();
    const times: number[] = [];
    let before = 0;
    for (let ms = 0; ms < 40_000; ms += 250) {
      if (events.length > before) times.push(ms);
      before = events.length;
      await vi.advanceTimersByTimeAsync(250);
    }
    expect(times).toEqual([0, 500, 1500, 3500, 7500, 15_500, 23_500, 31_500, 39_500]);
    expect(new Set(events.map((event) => event.kind === 'lost' && event.sinceMs)).size).toBe(1);
    refuseWith = undefined;
    await vi.advanceTimersByTimeAsync(8000);
    expect(open).toHaveLength(1);
    open[0]?.send({ event: 'view' });
    open[0]?.end();
    await settle();
    expect(events.at(-1)).toMatchObject({ kind: 'lost', reason: 'the collector has ended the stream' });
    await vi.advanceTimersByTimeAsync(500);
    expect(open, 'a message ends the row of failures').toHaveLength(2);
  });

  it('tries again at once when asked to', async () => {
    refuseWith = pageProblem('ERR_UNREACHABLE', 'the collector cannot be reached');
    follow();
    await vi.advanceTimersByTimeAsync(20_000);
    refuseWith = undefined;
    stream?.retry();
    await settle();
    expect(open).toHaveLength(1);
  });

  it('waits as long as the server says', async () => {
    const problem = { type: 'about:blank', title: '', status: 503, code: 'ERR_FULL', detail: 'full' } as const;
    refuseWith = new ProblemError(problem, 5000);
    follow();
    await settle();
    refuseWith = undefined;
    stream?.retry();
    await vi.advanceTimersByTimeAsync(4900);
    expect(open).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(100);
    expect(open).toHaveLength(1);
  });

  it('does not try again what is refused', async () => {
    const problem = {
      type: 'about:blank',
      title: '',
      status: 400,
      code: 'ERR_EXPRESSION',
      detail: 'at 2: …',
      at: 2,
    } as const;
    refuseWith = new ProblemError(problem);
    follow();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(events).toEqual([{ kind: 'refused', problem }]);
  });

  it('is closed while the page is hidden, and opened again after', async () => {
    follow();
    await settle();
    visibility.set(true);
    await settle();
    expect(open[0]?.isAborted).toBe(true);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(open).toHaveLength(1);
    visibility.set(false);
    await settle();
    expect(open).toHaveLength(2);
    expect(events, 'hiding is no loss').toEqual([]);
  });

  it('does not begin while the page is hidden', async () => {
    visibility.isHidden = true;
    follow();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(open).toHaveLength(0);
    visibility.set(false);
    await settle();
    expect(open).toHaveLength(1);
  });

  it('counts a silent stream as lost', async () => {
    follow();
    await settle();
    open[0]?.send({ event: 'view' });
    await vi.advanceTimersByTimeAsync(SILENCE_MS - 1000);
    open[0]?.send({ event: 'ping' });
    await vi.advanceTimersByTimeAsync(SILENCE_MS - 1000);
    expect(events).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1000);
    expect(events.at(-1)).toMatchObject({ kind: 'lost', reason: 'nothing was heard for 40 s' });
    expect(open[0]?.isAborted).toBe(true);
    await vi.advanceTimersByTimeAsync(500);
    expect(open).toHaveLength(2);
  });

  it('is over after the end of the connection', async () => {
    follow();
    await settle();
    open[0]?.send({ event: 'closed', open: false });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(events).toMatchObject([{ kind: 'event', event: 'closed' }]);
    expect(open).toHaveLength(1);
  });

  it('says that the collector stops, and waits for the next one', async () => {
    follow();
    await settle();
    open[0]?.send({ event: 'end', reason: 'stopping' });
    await settle();
    expect(events).toMatchObject([{ kind: 'lost', reason: 'the collector is stopping' }]);
    await vi.advanceTimersByTimeAsync(500);
    expect(open).toHaveLength(2);
  });

  it('does not repeat a request whose messages are too large', async () => {
    follow();
    await settle();
    open[0]?.send({ event: 'end', reason: 'too-large', detail: 'ask for fewer rows' });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(events).toMatchObject([
      { kind: 'refused', problem: { code: 'ERR_TOO_LARGE', detail: 'ask for fewer rows' } },
    ]);
    expect(open).toHaveLength(1);
  });

  it('begins anew after a line that is no message', async () => {
    follow();
    await settle();
    open[0]?.raw('<html>\n');
    await settle();
    expect(events).toMatchObject([{ kind: 'lost', reason: 'the stream has an unexpected message' }]);
    await vi.advanceTimersByTimeAsync(500);
    expect(open).toHaveLength(2);
  });

  it('reports nothing after it was stopped', async () => {
    follow();
    await settle();
    open[0]?.send({ event: 'view' });
    stream?.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(events).toEqual([]);
    expect(open).toHaveLength(1);
    expect(open[0]?.isAborted).toBe(true);
  });
});
