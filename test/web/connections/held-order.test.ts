import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HeldOrder, type OrderedWindow } from '../../../web/connections/held-order.js';

const NOTHING = { first: 0, end: 0 };

function source(order: string, offset = 0): OrderedWindow {
  return { order: [...order], offset, matched: offset + order.length };
}

function text({ order }: HeldOrder): string {
  return order.join('');
}

describe('the order of the rows', () => {
  it('follows the source until it is held, and again after the last reason is gone', () => {
    const held = new HeldOrder();
    held.follow(source('abc'), NOTHING);
    held.follow(source('cab'), NOTHING);
    expect(text(held)).toBe('cab');
    held.hold('pointer', 1000);
    held.hold('selection', 2000);
    held.follow(source('bca'), NOTHING);
    expect([text(held), held.sinceMs]).toEqual(['cab', 1000]);
    expect(held.release('pointer')).toBe(false);
    expect(held.release('selection')).toBe(true);
    held.follow(source('bca'), NOTHING);
    expect([text(held), held.sinceMs]).toEqual(['bca', undefined]);
  });

  it('is taken over on demand; it is held on, from then, while there is a reason', () => {
    const held = new HeldOrder();
    held.follow(source('abc'), NOTHING);
    held.hold('selection', 1000);
    held.reorder(source('cba'), 5000);
    expect([text(held), held.sinceMs]).toEqual(['cba', 5000]);
    held.hold('user', 6000);
    held.release('selection');
    held.reorder(source('abc'), 7000);
    expect(held.isHeld).toBe(false);
  });

  it('begins anew with another view: only the pointer still holds it', () => {
    const held = new HeldOrder();
    held.follow(source('abc'), NOTHING);
    held.hold('selection', 1000);
    held.hold('pointer', 1000);
    held.restart(3000);
    held.follow(source('xyz'), NOTHING);
    expect([text(held), held.sinceMs]).toEqual(['xyz', 3000]);
  });

  it('keeps the visible rows in their places when another window comes, each row once', () => {
    const keys = [...'abcdefghijklmnopqrstuvwxyz'];
    const shuffled = fc.shuffledSubarray(keys, { minLength: keys.length, maxLength: keys.length });
    fc.assert(
      fc.property(shuffled, shuffled, fc.nat(10), fc.nat(10), fc.nat(5), (before, after, from, to, first) => {
        const held = new HeldOrder();
        held.follow({ order: before.slice(from, from + 16), offset: from, matched: 26 }, NOTHING);
        held.hold('pointer', 0);
        const visible = { first: from + first, end: from + first + 6 };
        const shown = new Map(
          Array.from({ length: 6 }, (_, i) => [visible.first + i, held.keyAt(visible.first + i)] as const),
        );
        held.follow({ order: after.slice(to, to + 16), offset: to, matched: 26 }, visible);
        expect(held.order).toHaveLength(16);
        expect(new Set(held.order).size).toBe(16);
        for (const [index, key] of shown) {
          if (index >= to && index < to + 16) expect(held.keyAt(index)).toBe(key);
        }
      }),
    );
  });
});
