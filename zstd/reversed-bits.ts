import { BlockError } from './block-error.js';

/**
 * Reads `count` bits that begin at bit `at` of `bytes`, the lowest first (RFC 8878 section 4.1). Bytes after the end
 * are 0.
 * @param count 0 to 24
 */
export function bitsAt(bytes: Uint8Array, at: number, count: number): number {
  const first = at >> 3;
  const word =
    (bytes[first] ?? 0) |
    ((bytes[first + 1] ?? 0) << 8) |
    ((bytes[first + 2] ?? 0) << 16) |
    ((bytes[first + 3] ?? 0) << 24);
  return (word >>> (at & 7)) & ((1 << count) - 1);
}

/** Reads bits as {@link bitsAt} does, from a stream whose first bit is `low`; bits before it are 0. */
export function bitsFrom(low: number, bytes: Uint8Array, at: number, count: number): number {
  const missing = low - at;
  if (missing <= 0) return bitsAt(bytes, at, count);
  return bitsAt(bytes, low, Math.max(0, count - missing)) << missing;
}

/**
 * Returns the bit position of the end mark of a stream that is read backwards: the highest set bit in its last byte.
 * The stream's first bit is the one below.
 * @param start offset of the stream's first byte
 * @param end offset after the stream's last byte
 * @throws BlockError when the stream is empty or its last byte is 0
 */
export function lastBit(bytes: Uint8Array, start: number, end: number): number {
  const last = end > start ? (bytes[end - 1] ?? 0) : 0;
  if (last === 0) throw new BlockError('stream of bits without an end mark');
  return (end - 1) * 8 + highestBit(last);
}

/** Returns the index of the highest bit of a number from 1 to 2^32 - 1. */
export function highestBit(value: number): number {
  return 31 - Math.clz32(value);
}
