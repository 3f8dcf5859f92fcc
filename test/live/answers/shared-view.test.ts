import { describe, expect, it } from 'vitest';
import { applyDelta, type ViewMessage } from '../../../live/answers/index.js';
import type { ViewEventJson } from '../../../live/wire/index.js';
import { FakeStore, fakeRow } from './fake-store.js';
import { Harness } from './harness.js';

function setUp() {
  const store = new FakeStore([fakeRow({ key: 'a', sent: 1 }), fakeRow({ key: 'b', sent: 2 })]);
  const harness = new Harness(store);
  const subscribe = (request = {}, everyMs = 1000) => {
    const messages: ViewMessage[] = [];
    const stop = harness.answers.subscribe({ fields: 'key,send', ...request }, everyMs, (message) =>
      messages.push(message),
    );
    return { messages, stop };
  };
  const next = async (ms = 1000): Promise<void> => {
    harness.ms += ms;
    store.next();
    await harness.work();
  };
  return { store, harness, subscribe, next };
}

describe('a subscription', () => {
  it('gets all of the window first, and the changes after each generation', async () => {
    const { store, harness, subscribe, next } = setUp();
    const { messages } = subscribe();
    await harness.work();
    expect(messages).toHaveLength(1);
    const [first] = messages;
    expect(first?.view()).toEqual({
      time: '2026-11-20T23:28:00Z',
      ...{ generation: 1, total: 2, matched: 2, closed: 0, offset: 0 },
      order: ['b', 'a'],
      rows: {
        a: { key: 'a', now: { sendThroughputBytesPerSec: 1 } },
        b: { key: 'b', now: { sendThroughputBytesPerSec: 2 } },
      },
    });
    expect([first?.before, first?.delta(), first?.deltaText()]).toEqual([undefined, undefined, undefined]);
    expect(JSON.parse(first?.viewText() ?? '')).toEqual(first?.view());
    store.list = [fakeRow({ key: 'a', sent: 5 }), fakeRow({ key: 'c', sent: 2 })];
    await next();
    const second = messages[1];
    expect([second?.generation, second?.before]).toEqual([2, 1]);
    expect(second?.delta()).toMatchObject({
      generation: 2,
      order: ['a', 'c'],
      rows: { a: { now: { sendThroughputBytesPerSec: 5 } }, c: { key: 'c' } },
      gone: ['b'],
    });
    const base = first?.view() as ViewEventJson;
    const delta = second?.delta();
    if (delta === undefined) throw new Error('no delta');
    expect(applyDelta(base, delta)).toEqual(second?.view());
    expect(JSON.parse(second?.deltaText() ?? '')).toEqual(JSON.parse(JSON.stringify(delta)));
  });

  it('shares one computation and one text with those of equal requests', async () => {
    const { store, harness, subscribe, next } = setUp();
    const one = subscribe();
    const two = subscribe();
    const other = subscribe({ limit: 1 });
    await harness.work();
    expect(store.iterations).toBe(2);
    expect(one.messages[0]).toBe(two.messages[0]);
    expect(other.messages[0]?.view().order).toEqual(['b']);
    await next();
    expect(store.iterations).toBe(4);
    expect(one.messages).toHaveLength(2);
    expect(one.messages[1]).toBe(two.messages[1]);
    expect(one.messages[1]?.viewText()).toBe(two.messages[1]?.viewText());
  });

  it('that comes later gets the current state soon, once', async () => {
    const { store, harness, subscribe, next } = setUp();
    const one = subscribe();
    await harness.work();
    const late = subscribe();
    expect(late.messages).toEqual([]);
    await harness.work();
    expect(late.messages).toEqual(one.messages);
    expect(store.iterations).toBe(1);
    // A newer state may come before it: then the older one does not come.
    const later = subscribe();
    store.next();
    harness.ms += 1000;
    await harness.work();
    expect(later.messages.map(({ generation }) => generation)).toEqual([
      ...new Set(later.messages.map((m) => m.generation)),
    ]);
    await next();
    expect(later.messages.at(-1)?.generation).toBe(3);
  });

  it('that ends gets nothing any longer, and without any nothing is computed', async () => {
    const { store, harness, subscribe, next } = setUp();
    expect([store.iterations, store.listeners.size]).toEqual([0, 0]);
    await next();
    expect(store.iterations).toBe(0);
    const one = subscribe();
    const two = subscribe();
    await harness.work();
    one.stop();
    one.stop();
    await next();
    expect([one.messages.length, two.messages.length]).toEqual([1, 2]);
    two.stop();
    expect(store.listeners.size).toBe(0);
    const { iterations } = store;
    await next();
    expect(store.iterations).toBe(iterations);
    // A new one begins anew.
    const three = subscribe();
    await harness.work();
    expect(three.messages.map(({ generation, before }) => [generation, before])).toEqual([[4, undefined]]);
  });

  it('that ends while its view is computed, or before its state comes, gets nothing', async () => {
    const { harness, subscribe } = setUp();
    const one = subscribe();
    one.stop();
    const two = subscribe();
    await harness.work();
    const late = subscribe();
    late.stop();
    await harness.work();
    expect([one.messages.length, two.messages.length, late.messages.length]).toEqual([0, 1, 0]);
  });

  it('is computed at most once in its time', async () => {
    const { subscribe, next, harness } = setUp();
    const slow = subscribe({}, 3000);
    const fast = subscribe({}, 100);
    await harness.work();
    for (let i = 0; i < 6; i++) await next(1000 + (i % 2));
    expect(fast.messages.map(({ generation }) => generation)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(slow.messages.map(({ generation }) => generation)).toEqual([1, 4, 7]);
    expect(slow.messages.map(({ before }) => before)).toEqual([undefined, 1, 4]);
  });

  it('skips a generation while the one before is computed', async () => {
    const { store, harness, subscribe } = setUp();
    harness.stepMs = 1;
    const one = subscribe();
    await harness.work();
    store.list = Array.from({ length: 500 }, (_, i) => fakeRow({ key: `${i}` }));
    harness.ms += 1000;
    store.next();
    harness.ms += 1000;
    store.next();
    await harness.work();
    harness.ms += 1000;
    store.next();
    await harness.work();
    expect(one.messages.map(({ generation, before }) => [generation, before])).toEqual([
      [1, undefined],
      [2, 1],
      [4, 2],
    ]);
  });

  it('goes on after a fault, which is reported', async () => {
    const { store, harness, subscribe, next } = setUp();
    const one = subscribe();
    await harness.work();
    const { rows } = store;
    const fault = new Error('a fault');
    store.rows = () => {
      throw fault;
    };
    await next();
    store.rows = rows;
    await next();
    expect(harness.faults).toEqual([fault]);
    expect(one.messages.map(({ generation, before }) => [generation, before])).toEqual([
      [1, undefined],
      [3, 1],
    ]);
  });

  it('gets its messages also if another listener throws, which is reported', async () => {
    const { harness, subscribe } = setUp();
    const fault = new Error('a fault');
    const broken = (): void => {
      throw fault;
    };
    harness.answers.subscribe({ fields: 'key,send' }, 1000, broken);
    const one = subscribe();
    await harness.work();
    // One that comes later is called on its own.
    harness.answers.subscribe({ fields: 'key,send' }, 1000, broken);
    await harness.work();
    expect(one.messages).toHaveLength(1);
    expect(harness.faults).toEqual([fault, fault]);
  });

  it('of two is two, also with one function', async () => {
    const { harness } = setUp();
    let calls = 0;
    const listener = (): void => {
      calls++;
    };
    const stop = harness.answers.subscribe({}, 1000, listener);
    harness.answers.subscribe({}, 1000, listener);
    await harness.work();
    expect(calls).toBe(2);
    stop();
    expect(calls).toBe(2);
  });
});
