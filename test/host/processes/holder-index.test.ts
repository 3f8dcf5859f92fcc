import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HolderIndex } from '../../../host/processes/holder-index.js';

const always = (): boolean => true;
const sorted = (values: Iterable<number>): number[] => [...values].sort((a, b) => a - b);

describe('the index of holders', () => {
  it('reports which sockets a process has now and has not any longer', () => {
    const index = new HolderIndex(100);
    expect(index.replace(1, Uint32Array.of(5, 6), always)).toEqual({ added: [5, 6], removed: [] });
    expect(index.replace(1, Uint32Array.of(6, 7), always)).toEqual({ added: [7], removed: [5] });
    expect(index.replace(1, Uint32Array.of(6, 7), always)).toEqual({ added: [], removed: [] });
    expect(index.forget(1)).toEqual([6, 7]);
    expect(index.size).toBe(0);
  });

  it('finds a number again that was forgotten and used again', () => {
    const index = new HolderIndex(100);
    index.replace(1, Uint32Array.of(5), always);
    index.forgetSocket(5);
    expect(index.holders(5)).toEqual([]);
    expect(index.replace(1, Uint32Array.of(5), always).added).toEqual([5]);
    expect(index.holders(5)).toEqual([1]);
  });

  it('forgets a socket of several processes', () => {
    const index = new HolderIndex(100);
    index.replace(1, Uint32Array.of(5, 6), always);
    index.replace(2, Uint32Array.of(5), always);
    index.forgetSocket(5);
    expect(index.forget(2)).toEqual([]);
    expect(index.replace(1, Uint32Array.of(6), always)).toEqual({ added: [], removed: [] });
    expect(index.replace(1, Uint32Array.of(5, 6), always)).toEqual({ added: [5], removed: [] });
  });

  it('forgets each socket of a process with 150,000 of them without a search through all', () => {
    const index = new HolderIndex(200_000);
    const inodes = Uint32Array.from({ length: 150_000 }, (_, at) => at + 1);
    index.replace(1, inodes, always);
    const before = process.cpuUsage();
    for (const inode of inodes.toReversed()) index.forgetSocket(inode);
    // A search for each takes several seconds.
    expect(process.cpuUsage(before).user).toBeLessThan(1e6);
    expect(index.size).toBe(0);
    expect(index.replace(1, Uint32Array.of(9), always)).toEqual({ added: [9], removed: [] });
  });

  it('keeps only wanted sockets beyond its limit', () => {
    const index = new HolderIndex(2);
    index.replace(1, Uint32Array.of(5, 6), always);
    index.replace(2, Uint32Array.of(7, 8, 9), (inode) => inode === 8);
    expect(index.size).toBe(3);
    expect(index.holders(8)).toEqual([2]);
    expect(index.holders(7)).toEqual([]);
  });

  it('agrees with a plain map', () => {
    const inodes = fc.array(fc.integer({ min: 1, max: 8 }), { maxLength: 6 });
    const step = fc.oneof(
      fc.record({ pid: fc.integer({ min: 1, max: 4 }), inodes }),
      fc.record({ forget: fc.integer({ min: 1, max: 4 }) }),
      fc.record({ ended: fc.integer({ min: 1, max: 8 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const index = new HolderIndex(1000);
        const model = new Map<number, Set<number>>();
        for (const each of steps) {
          if ('pid' in each) {
            index.replace(each.pid, Uint32Array.from(each.inodes), always);
            model.set(each.pid, new Set(each.inodes));
          } else if ('forget' in each) {
            expect(sorted(index.forget(each.forget))).toEqual(sorted(model.get(each.forget) ?? []));
            model.delete(each.forget);
          } else {
            index.forgetSocket(each.ended);
            for (const held of model.values()) held.delete(each.ended);
          }
          for (let inode = 1; inode <= 8; inode++) {
            const holders = [...model].filter(([, held]) => held.has(inode)).map(([pid]) => pid);
            expect(sorted(index.holders(inode))).toEqual(sorted(holders));
          }
        }
      }),
    );
  });
});
