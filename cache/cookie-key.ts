import { INET_DIAG_MSG_COOKIE_OFFSET, INET_DIAG_MSG_SIZE } from '../inetdiag/index.js';
import { DecodeError } from '../netlink/index.js';

/**
 * Cookie as key of a map: a number if that is exact, else a bigint. Nearly all are numbers, because the kernel counts
 * cookies up, and maps find numbers several times as fast as bigints.
 */
export type CookieKey = number | bigint;

/** Returns the key of a cookie. */
export function keyOf(cookie: bigint): CookieKey {
  return cookie <= Number.MAX_SAFE_INTEGER ? Number(cookie) : cookie;
}

/**
 * Reads the key of the cookie of the `inet_diag_msg` at `at` in `bytes`.
 * @throws DecodeError when the message is truncated
 */
export function readCookieKey(bytes: Uint8Array, at: number): CookieKey {
  if (at + INET_DIAG_MSG_SIZE > bytes.length) {
    throw new DecodeError('inet_diag_msg: cut', { code: 'ERR_TRUNCATED', at: bytes.length });
  }
  const from = at + INET_DIAG_MSG_COOKIE_OFFSET;
  const low = readWord(bytes, from);
  const high = readWord(bytes, from + 4);
  if (high === 0) return low;
  return keyOf((BigInt(high) << 32n) | BigInt(low));
}

/** Reads a little-endian unsigned word. */
function readWord(bytes: Uint8Array, at: number): number {
  const low = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
  return (low | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24)) >>> 0;
}
