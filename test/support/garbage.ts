/** Memory that JavaScript has let go of, made to fail whoever still reads it. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Full collections: the memory of arrays that one of them finds dead is free by the end of the next. */
const COLLECTIONS = 3;
const GARBAGE = 0xdb;

/**
 * Collects everything that JavaScript does not hold, and writes over the memory that became free: `count` arrays of each of
 * `sizes` are filled with garbage.
 */
export function overwriteGarbage(sizes: readonly number[], count: number): void {
  for (let i = 0; i < COLLECTIONS; i++) collect();
  // All are held until the last is filled, so that each takes memory of its own.
  const filled = sizes.flatMap((bytes) =>
    Array.from({ length: count }, () => Buffer.allocUnsafeSlow(bytes).fill(GARBAGE)),
  );
  if (filled.some((each) => each[0] !== GARBAGE)) throw new Error('garbage was not written');
}

/** Bytes that are the same for the same seed, with nothing in them that repeats; not in Node's pool. */
export function seededBytes(seed: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(length);
  let state = (seed + 1) * 0x9e3779b1;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}
