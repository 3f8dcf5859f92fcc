import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fifo } from '../../saver/fifo.js';

describe('Fifo', () => {
  it('behaves like an array, for any number of items', () => {
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.record({ kind: fc.constant('push' as const), count: fc.nat(2000) }) },
      { weight: 5, arbitrary: fc.record({ kind: fc.constant('shift' as const), count: fc.nat(2000) }) },
      {
        weight: 1,
        arbitrary: fc.record({ kind: fc.constant('keep' as const), count: fc.integer({ min: 2, max: 5 }) }),
      },
    );
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const fifo = new Fifo<number>();
        let model: number[] = [];
        let next = 0;
        for (const { kind, count } of steps) {
          if (kind === 'keep') {
            fifo.keep((item) => item % count === 0);
            model = model.filter((item) => item % count === 0);
          }
          for (let i = 0; kind === 'push' && i < count; i++, next++) {
            fifo.push(next);
            model.push(next);
          }
          for (let i = 0; kind === 'shift' && i < count; i++) expect(fifo.shift()).toBe(model.shift());
          expect(fifo.length).toBe(model.length);
        }
        expect([...fifo]).toEqual(model);
      }),
      { numRuns: 50 },
    );
  });
});
