/** Overwrites memory freed by JavaScript, so that later reads of it fail a test. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Number of full collections: memory found dead in one is free by the end of the next. */
const COLLECTIONS = 3;
const GARBAGE = 0xdb;

/** Collects garbage, also what the current turn of the event loop still held. */
export async function collectGarbage(): Promise<void> {
  for (let i = 0; i < COLLECTIONS; i++) {
    await new Promise((resolve) => setImmediate(resolve));
    collect();
  }
}

/**
 * Collects garbage and overwrites the freed memory: fills `count` arrays of each of `sizes`.
 */
export function overwriteGarbage(sizes: readonly number[], count: number): void {
  for (let i = 0; i < COLLECTIONS; i++) collect();
  // All arrays are kept until the last is filled, so that each takes new memory.
  const filled = sizes.flatMap((bytes) =>
    Array.from({ length: count }, () => Buffer.allocUnsafeSlow(bytes).fill(GARBAGE)),
  );
  if (filled.some((each) => each[0] !== GARBAGE)) throw new Error('garbage was not written');
}

/** Returns non-repeating bytes that are equal for equal seeds, outside of Node's pool. */
export function seededBytes(seed: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(length);
  let state = (seed + 1) * 0x9e3779b1;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}
