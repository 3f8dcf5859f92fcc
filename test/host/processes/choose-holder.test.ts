import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseHolder } from '../../../host/processes/choose-holder.js';

const holder = (pid: number, ...ancestors: readonly number[]) => ({ pid, ancestors });

describe('the process of a socket with several holders', () => {
  it('is the only one, and none without holders', () => {
    expect(chooseHolder([])).toBeUndefined();
    expect(chooseHolder([holder(5, 1)])?.pid).toBe(5);
  });

  it('is a child rather than its parent or grandparent', () => {
    expect(chooseHolder([holder(1), holder(9, 5, 1)])?.pid).toBe(9);
    expect(chooseHolder([holder(5, 1), holder(9, 5, 1), holder(1)])?.pid).toBe(9);
  });

  it('is the lowest of several children', () => {
    expect(chooseHolder([holder(8, 3), holder(7, 3), holder(3)])?.pid).toBe(7);
  });

  it('is the lowest if every one seems to be an ancestor of another one', () => {
    expect(chooseHolder([holder(8, 7), holder(7, 8)])?.pid).toBe(7);
  });

  it('does not depend on the order', () => {
    const holders = fc
      .uniqueArray(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 6 })
      .chain((pids) =>
        fc.tuple(
          fc.constant(pids.map((pid, at) => holder(pid, ...pids.slice(0, at).filter((_, i) => i % 2 === at % 2)))),
          fc.shuffledSubarray(pids, { minLength: pids.length }),
        ),
      );
    fc.assert(
      fc.property(holders, ([all, order]) => {
        const shuffled = order.flatMap((pid) => all.filter((each) => each.pid === pid));
        expect(chooseHolder(shuffled)?.pid).toBe(chooseHolder(all)?.pid);
      }),
    );
  });
});
