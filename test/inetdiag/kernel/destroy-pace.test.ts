import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_DESTROYS_PER_SECOND, DestroyPace, DestroyQueue } from '../../../inetdiag/kernel/index.js';

describe('the pace of destroys', () => {
  it('never exceeds the rate in any second, nor its share in a twentieth, whenever and however much is wanted', () => {
    const steps = fc.array(fc.tuple(fc.nat(2000), fc.nat(300)), { maxLength: 60 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2000 }), steps, (perSecond, wanted) => {
        const pace = new DestroyPace(perSecond);
        const taken: { readonly atMs: number; readonly count: number }[] = [];
        let nowMs = 0;
        for (const [count, stepMs] of wanted) {
          nowMs += stepMs;
          taken.push({ atMs: nowMs, count: pace.take(count, nowMs) });
        }
        const within = (endMs: number, windowMs: number): number =>
          taken
            .filter(({ atMs }) => atMs <= endMs && atMs > endMs - windowMs)
            .reduce((sum, { count }) => sum + count, 0);
        for (const { atMs, count } of taken) {
          expect(count).toBeGreaterThanOrEqual(0);
          expect(within(atMs, 1000)).toBeLessThanOrEqual(perSecond);
          expect(within(atMs, 50)).toBeLessThanOrEqual(Math.ceil(perSecond / 20));
        }
      }),
    );
  });

  it('says when the next may be destroyed: then, and not a moment before', () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 200 }), fc.nat(120)), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), steps, (perSecond, wanted) => {
        const pace = new DestroyPace(perSecond);
        let nowMs = 0;
        for (const [count, stepMs] of wanted) {
          nowMs += stepMs;
          pace.take(count, nowMs);
          const delayMs = pace.delayMs(nowMs);
          if (delayMs > 0) expect(pace.take(1, nowMs + delayMs - 1)).toBe(0);
          expect(pace.take(0, nowMs + delayMs)).toBe(0);
          nowMs += delayMs;
          expect(pace.take(1, nowMs)).toBe(1);
        }
      }),
    );
  });

  it('gives the whole rate to a queue that is always full', () => {
    const pace = new DestroyPace();
    let total = 0;
    for (let nowMs = 0; nowMs < 10_000; nowMs += 10) total += pace.take(100_000, nowMs);
    expect(total).toBe(10 * DEFAULT_DESTROYS_PER_SECOND);
  });

  it('takes only a positive whole rate', () => {
    for (const rate of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => new DestroyPace(rate)).toThrow(RangeError);
    }
  });
});

describe('the queue of destroys', () => {
  it('gives each order once and in its order, however it is asked', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('add' as const), count: fc.nat(120) }),
      fc.record({ kind: fc.constant('take' as const), ms: fc.nat(80) }),
      fc.record({ kind: fc.constant('clear' as const) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const queue = new DestroyQueue<number>(new DestroyPace(400));
        let model: number[] = [];
        let next = 0;
        let nowMs = 0;
        for (const each of steps) {
          if (each.kind === 'add') {
            const added = Array.from({ length: each.count }, () => next++);
            queue.add(added);
            model.push(...added);
          } else if (each.kind === 'take') {
            nowMs += each.ms;
            const taken = queue.take(nowMs);
            expect(taken).toEqual(model.slice(0, taken.length));
            expect(taken.length).toBeLessThanOrEqual(20);
            model = model.slice(taken.length);
          } else {
            expect(queue.clear()).toEqual(model);
            model = [];
          }
          expect(queue.size).toBe(model.length);
          expect(queue.delayMs(nowMs) === undefined).toBe(model.length === 0);
        }
      }),
    );
  });
});
