import { RowBatch } from '../../expression/index.js';
import type { StoreRow } from '../store/index.js';

/** Rows that are looked at together: a step over them is far shorter than a slice, and their values stay in the cache. */
const SIZE = 128;

/** Returns a batch for rows of a store. */
export function newBatch(): RowBatch<StoreRow> {
  // The first value of a connection's summary takes the work of all.
  return new RowBatch<StoreRow>({
    size: SIZE,
    familyOf: ({ part }) => (part === 'connection' ? part : undefined),
  });
}
