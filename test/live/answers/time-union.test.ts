import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TimeUnion } from '../../../live/answers/time-union.js';

const SPANS = fc.array(fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 60 })), { maxLength: 20 });

/** Counts each microsecond that one of the spans has. */
function counted(spans: readonly (readonly [number, number])[]): number {
  return Array.from({ length: 60 }).filter((_, us) => spans.some(([from, until]) => from <= us && us < until)).length;
}

it('has the length of all times that a span covers, in any order and added in any parts', () => {
  fc.assert(
    fc.property(SPANS, SPANS, (first, second) => {
      const [union, other] = [new TimeUnion(), new TimeUnion()];
      for (const [from, until] of first) union.add(from, until);
      for (const [from, until] of second) other.add(from, until);
      expect(other.lengthUs).toBe(counted(second));
      union.addAll(other);
      expect(union.lengthUs).toBe(counted([...first, ...second]));
      union.add(0, 60);
      expect(union.lengthUs).toBe(60);
    }),
  );
});
