import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ledger } from '../../../fleet/ingest/ledger.js';
import type { FrameName } from '../../../fleet/wire/index.js';

const name = (frame: number, kind: FrameName['kind'] = 'c'): FrameName => ({
  cluster: 'a',
  node: 'n',
  epoch: 'e',
  ...{ kind, frame },
});

describe('the ledger', () => {
  it('takes each frame once, in any order and however often it comes', () => {
    const frames = fc.array(fc.nat({ max: 30 }), { maxLength: 100 });
    fc.assert(
      fc.property(frames, (numbers) => {
        const seen = new Set<number>();
        let ledger = Ledger.create('2026-11-30T00:00:00Z');
        for (const number of numbers) {
          const { isDuplicate, lost } = ledger.take(name(number), 0, 1);
          expect(isDuplicate).toBe(seen.has(number));
          expect(lost).toBe(0);
          seen.add(number);
          const decoded = Ledger.decode(ledger.encode());
          expect(decoded?.encode()).toBe(ledger.encode());
          ledger = decoded ?? ledger;
        }
      }),
    );
  });

  it('counts each frame that can no longer come once', () => {
    // Frames that are sent, in disorder within a window; those not among them are lost.
    const sent = fc.uniqueArray(fc.nat({ max: 60 }), { minLength: 1 });
    fc.assert(
      fc.property(sent, fc.infiniteStream(fc.nat({ max: 5 })), (numbers, offsets) => {
        const order = numbers
          .toSorted((a, b) => a - b)
          .map((number) => ({ number, at: number + (offsets.next().value ?? 0) }))
          .sort((a, b) => a.at - b.at);
        const ledger = Ledger.create('');
        let lost = 0;
        for (const [i, { number }] of order.entries()) {
          const first = Math.min(...order.slice(i).map((each) => each.number));
          lost += ledger.take(name(number), first, 1).lost;
        }
        const end = Math.max(...numbers) + 1;
        lost += ledger.take(name(end), end, 1).lost;
        expect(lost).toBe(end - numbers.length);
      }),
    );
  });

  it('keeps kinds and starts apart', () => {
    const ledger = Ledger.create('');
    expect(ledger.take(name(0), 0, 1).isDuplicate).toBe(false);
    expect(ledger.take(name(0, 's'), 0, 1).isDuplicate).toBe(false);
    expect(ledger.take({ ...name(0), epoch: 'f' }, 0, 1).isDuplicate).toBe(false);
    expect(ledger.take(name(0), 0, 1).isDuplicate).toBe(true);
    expect(ledger.sequences).toBe(3);
  });

  it('forgets a sequence a week after its last frame', () => {
    const ledger = Ledger.create('');
    ledger.take(name(0), 0, 1000);
    ledger.forget(7 * 24 * 3600e3);
    expect(ledger.sequences).toBe(1);
    ledger.forget(7 * 24 * 3600e3 + 1001);
    expect(ledger.sequences).toBe(0);
  });

  it('changes nothing by a copy', () => {
    const ledger = Ledger.create('');
    ledger.take(name(1), 0, 1);
    const before = ledger.encode();
    const copy = ledger.copy();
    copy.take(name(0), 0, 1);
    copy.take(name(2), 0, 1);
    expect(ledger.encode()).toBe(before);
  });

  it.each([
    '',
    '{}',
    '[]',
    '{"v":2}',
    '{"v":1,"stream":"a","seq":-1,"time":"","generation":0,"nodes":{}}',
  ])('is not %j', (text) => {
    expect(Ledger.decode(text)).toBeUndefined();
  });
});
