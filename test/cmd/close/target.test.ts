import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isOfThisBoot, parseTarget } from '../../../cmd/tcp-info/close/target.js';

const BOOT = { prefix: 'web-1-0a1b2c3d_1700000000', names: ['pod-7', 'web-1'] };

function cookieOf(...words: readonly string[]): bigint | undefined {
  const target = parseTarget(words, BOOT);
  return target.kind === 'cookie' ? target.cookie : undefined;
}

describe('the target of tcp-info close', () => {
  it.each([
    ['cookie:0000000000000D8F', 0xd8fn],
    ['cookie:0000000000000010', 0x10n],
    ['COOKIE:0xd8f', 0xd8fn],
    ['cookie:3471', 3471n],
    ['web-1-0a1b2c3d_1700000000_0000000000000D8F', 0xd8fn],
  ])('%s is the cookie %d', (text, cookie) => {
    expect(cookieOf(text)).toBe(cookie);
  });

  it('reads every cookie as it is printed', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: (1n << 64n) - 2n }), (cookie) => {
        const digits = cookie.toString(16).toUpperCase().padStart(16, '0');
        expect(cookieOf(`cookie:${digits}`)).toBe(cookie);
        expect(cookieOf(`${BOOT.prefix}_${digits}`)).toBe(cookie);
        expect(cookieOf(`cookie:0x${cookie.toString(16)}`)).toBe(cookie);
      }),
    );
  });

  it.each([
    'cookie:',
    'cookie:0',
    'cookie:-1',
    'cookie:D8F',
    'cookie:0xffffffffffffffff',
    'cookie:1 or cookie:2',
    'cookie:18446744073709551616',
  ])('rejects %s', (text) => {
    expect(() => parseTarget([text], BOOT)).toThrow(/expected 16 hexadecimal digits/);
  });

  it('is an expression otherwise, whatever words it is given in', () => {
    expect(parseTarget(['sport', '22', 'idle', '>', '1h'], BOOT)).toMatchObject({ kind: 'expression' });
    expect(() => parseTarget(['sprt', '=', '22'], BOOT)).toThrow(/'sprt' is no field; sport\?/);
    expect(() => parseTarget([], BOOT)).toThrow('missing UUID, cookie:N, EXPRESSION or --service');
    expect(() => parseTarget(['  '], BOOT)).toThrow('missing');
  });

  it('rejects the UUID of another boot or machine, and says how to name the connection all the same', () => {
    expect(() => parseTarget(['web-2_1700000000_0000000000000D8F'], BOOT)).toThrow(
      'UUID web-2_1700000000_0000000000000D8F is of another machine or boot, where the same cookie is another ' +
        'connection: UUIDs of this boot begin with web-1-0a1b2c3d_1700000000. If you know that it is of this boot, ' +
        'give cookie:0000000000000D8F',
    );
  });

  it('keeps the prefix of a UUID for what is printed', () => {
    expect(parseTarget(['web-1_1699999998_unsafe_0000000000000D8F'], BOOT).uuidPrefix).toBe('web-1_1699999998_unsafe');
    expect(parseTarget(['cookie:1'], BOOT).uuidPrefix).toBe(BOOT.prefix);
  });
});

describe('the prefix of a UUID', () => {
  it.each([
    ['web-1-0a1b2c3d_1700000000', true],
    // The clock was set since; the id of the boot decides, in a container with another host name too.
    ['pod-9-0a1b2c3d_1600000000', true],
    ['web-1_1700000000', true],
    ['pod-7_1700000009_unsafe', true],
    ['web-1_1700000000_unsafe_netns4026531840', true],
    ['web-1_1699999980', false],
    ['web-1-ffffffff_1700000000', false],
    ['web-2_1700000000', false],
    ['web-1_BADBOOTTIME_unsafe', false],
    ['anything', false],
  ])('%s is of this boot: %s', (prefix, expected) => {
    expect(isOfThisBoot(prefix, BOOT)).toBe(expected);
  });
});
