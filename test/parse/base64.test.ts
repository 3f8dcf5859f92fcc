import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { base64Length, writeBase64 } from '../../parse/base64.js';

describe('writeBase64', () => {
  it.each([
    ['', ''],
    ['f', 'Zg=='],
    ['fo', 'Zm8='],
    ['foo', 'Zm9v'],
    ['foobar', 'Zm9vYmFy'],
  ])('encodes %j as in RFC 4648 section 10', (text, encoded) => {
    const target = Buffer.alloc(16, '.');
    const end = writeBase64(Buffer.from(text), target, 3);
    expect(target.toString('latin1', 0, end)).toBe(`...${encoded}`);
    expect(target[end]).toBe('.'.charCodeAt(0));
    expect(end).toBe(3 + base64Length(text.length));
  });

  it('encodes any bytes like Buffer', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const target = Buffer.alloc(base64Length(bytes.length));
        expect(writeBase64(bytes, target, 0)).toBe(target.length);
        expect(target.toString()).toBe(Buffer.from(bytes).toString('base64'));
      }),
    );
  });
});
