import { describe, expect, it } from 'vitest';
import { Rate } from '../../../fleet/ship/rate.js';
import { Window } from '../../../fleet/ship/window.js';

const item = (number: number, length = 1000) => ({ number, bytes: { length } });
type Item = ReturnType<typeof item>;

function createWindow(random = 0): Window<Item> {
  return new Window<Item>(
    (a, b) => a.number - b.number,
    () => random,
  );
}

/** Sends items while there is room; returns them. */
function fill(window: Window<Item>, length: number): Item[] {
  const sent: Item[] = [];
  for (let number = 0; window.hasRoom(0); number++) {
    const each = item(number, length);
    window.sent(each);
    sent.push(each);
  }
  return sent;
}

describe('the window of frames', () => {
  it('has room for 32 messages of at most 4 MiB', () => {
    expect(fill(createWindow(), 1000)).toHaveLength(32);
    expect(fill(createWindow(), 2 ** 20)).toHaveLength(4);
  });

  it('sends the oldest alone after a refusal, until it is taken', () => {
    const window = createWindow();
    const [first, second, third] = fill(window, 2 ** 21 - 1);
    if (first === undefined || second === undefined || third === undefined) throw new Error('no room for three');
    window.refused(second, 'timeout', 0);
    window.refused(first, 'timeout', 0);
    // The third may still be taken.
    expect(window.due(10_000)).toBeUndefined();
    window.refused(third, 'timeout', 1);
    expect(window.due(249)).toBeUndefined();
    expect(window.hasRoom(10_000)).toBe(false);
    expect(window.due(251)).toBe(first);
    window.sent(first);
    expect(window.due(10_000)).toBeUndefined();
    window.taken(first);
    expect([window.due(10_000), window.due(10_000)]).toEqual([second, third]);
    expect(window.isTroubled).toBe(false);
  });

  it('doubles its delay from half a second to half a minute, from a second when the broker is full', () => {
    const delays = (reason: 'timeout' | 'full'): number[] => {
      const window = createWindow(1);
      const one = item(1);
      let nowMs = 0;
      return Array.from({ length: 8 }, () => {
        window.sent(one);
        window.refused(one, reason, nowMs);
        let waited = 0;
        while (window.due(nowMs + waited) === undefined) waited += 500;
        nowMs += waited;
        return waited;
      });
    };
    expect(delays('timeout')).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
    expect(delays('full')).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  });

  it('sends everything again over the next connection', () => {
    const window = createWindow();
    const sent = fill(window, 1000);
    const [first, ...rest] = sent;
    if (first !== undefined) window.taken(first);
    window.disconnected();
    expect(window.size).toBe(0);
    expect(Array.from(rest, () => window.due(0))).toEqual(rest);
    expect(window.due(0)).toBeUndefined();
  });
});

describe('the rate', () => {
  it('lets a second of bytes pass at once, and then so many a second', () => {
    const rate = new Rate(1000, 0);
    expect(rate.take(1000, 0)).toBe(0);
    expect(rate.take(500, 0)).toBe(500);
    expect(rate.take(500, 500)).toBe(500);
    expect(rate.take(1000, 100_000)).toBe(0);
  });
});
