import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LazyHeap } from '../../../services/limits/index.js';

interface Item {
  key: number;
}

describe('LazyHeap', () => {
  it('finds an item with the least current key', () => {
    const operation = fc.record({
      kind: fc.constantFrom('add' as const, 'grow' as const, 'grow' as const, 'delete' as const, 'first' as const),
      at: fc.nat(30),
      by: fc.nat(20),
    });
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
        const heap = new LazyHeap<Item>(({ key }) => key);
        const items: Item[] = [];
        for (const { kind, at, by } of operations) {
          const item = items[at % Math.max(1, items.length)];
          if (kind === 'add') {
            const added = { key: by };
            items.push(added);
            heap.add(added);
            heap.add(added);
          } else if (kind === 'grow' && item !== undefined) {
            item.key += by;
          } else if (kind === 'delete' && item !== undefined) {
            items.splice(items.indexOf(item), 1);
            expect(heap.delete(item)).toBe(true);
            expect(heap.delete(item)).toBe(false);
          } else if (kind === 'first') {
            const first = heap.first();
            const least = items.length === 0 ? undefined : Math.min(...items.map(({ key }) => key));
            expect(first?.key).toBe(least);
            expect(first?.item.key).toBe(least);
          }
          expect(heap.size).toBe(items.length);
        }
        expect(new Set(heap.items())).toEqual(new Set(items));
      }),
      { numRuns: 500 },
    );
  });
});
