import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyOf, readCookieKey } from '../../cache/cookie-key.js';
import { INET_DIAG_MSG_COOKIE_OFFSET, INET_DIAG_MSG_SIZE } from '../../inetdiag/index.js';

describe('the key of a cookie', () => {
  const cookies = fc.oneof(
    fc.bigInt(0n, 0xffff_ffff_ffff_ffffn),
    fc.bigInt(0n, 1n << 33n),
    fc.bigInt((1n << 53n) - 2n, (1n << 53n) + 2n),
  );

  it('is equal for the number and its bytes, and different for different cookies', () => {
    fc.assert(
      fc.property(cookies, cookies, fc.nat(7), (cookie, other, at) => {
        const bytes = Buffer.alloc(at + INET_DIAG_MSG_SIZE);
        bytes.writeBigUInt64LE(cookie, at + INET_DIAG_MSG_COOKIE_OFFSET);
        expect(readCookieKey(bytes, at)).toBe(keyOf(cookie));
        expect(BigInt(keyOf(cookie))).toBe(cookie);
        expect(keyOf(cookie) === keyOf(other)).toBe(cookie === other);
      }),
    );
  });

  it('is undefined for a truncated inet_diag_msg', () => {
    expect(() => readCookieKey(Buffer.alloc(INET_DIAG_MSG_SIZE), 1)).toThrow('inet_diag_msg: cut');
  });
});
