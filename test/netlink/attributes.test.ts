import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AttributeWalker, DecodeError } from '../../netlink/index.js';

type Found = [type: number, payload: number[]];

function walk(bytes: Uint8Array, offset = 0, limit?: number): Found[] {
  const walker = new AttributeWalker();
  walker.reset(bytes, offset, limit);
  const found: Found[] = [];
  while (walker.next()) found.push([walker.type, [...bytes.subarray(walker.start, walker.end)]]);
  return found;
}

describe('AttributeWalker', () => {
  it('reads attributes and skips their padding', () => {
    const bytes = Uint8Array.of(5, 0, 8, 0, 3, 0, 0, 0, 8, 0, 15, 0, 1, 2, 3, 4);
    expect(walk(bytes)).toEqual([
      [8, [3]],
      [15, [1, 2, 3, 4]],
    ]);
  });

  it('begins at an offset and ends at a limit', () => {
    const bytes = Uint8Array.of(9, 9, 4, 0, 1, 0, 4, 0, 2, 0, 4, 0, 3, 0);
    expect(walk(bytes, 2, 10).map(([type]) => type)).toEqual([1, 2]);
    expect(walk(bytes, 2, 1000).map(([type]) => type)).toEqual([1, 2, 3]);
    expect(walk(bytes, 100)).toEqual([]);
  });

  it('accepts an empty payload', () => {
    expect(walk(Uint8Array.of(4, 0, 14, 0))).toEqual([[14, []]]);
  });

  it('accepts a last attribute without padding', () => {
    expect(walk(Uint8Array.of(7, 0, 4, 0, 98, 98, 114))).toEqual([[4, [98, 98, 114]]]);
  });

  it.each([1, 2, 3])('ignores %i trailing bytes', (count) => {
    expect(walk(Uint8Array.from([4, 0, 1, 0, ...Array(count).fill(0xff)]))).toEqual([[1, []]]);
  });

  it('removes the flags from the type', () => {
    expect(walk(Uint8Array.of(4, 0, 0x14, 0x80, 4, 0, 0x13, 0xc0)).map(([type]) => type)).toEqual([20, 19]);
  });

  it.each([0, 1, 2, 3])('rejects a length of %i', (length) => {
    expect(() => walk(Uint8Array.of(4, 0, 1, 0, length, 0, 2, 0))).toThrow(
      expect.objectContaining({ name: 'DecodeError', code: 'ERR_ATTRIBUTE_LENGTH', at: 4 }),
    );
  });

  it('rejects a length beyond the end', () => {
    expect(() => walk(Uint8Array.of(9, 0, 1, 0, 1, 2, 3, 4))).toThrow('nlattr: length 9 > 8 remaining at byte 0');
  });

  it('can be reused, also after an error', () => {
    const walker = new AttributeWalker();
    walker.reset(Uint8Array.of(1, 0, 0, 0), 0);
    expect(() => walker.next()).toThrow(DecodeError);
    walker.reset(Uint8Array.of(4, 0, 7, 0), 0);
    expect([walker.next(), walker.type, walker.next()]).toEqual([true, 7, false]);
  });

  it('stays within its bytes, for any input', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(220), (bytes, offset) => {
        const walker = new AttributeWalker();
        walker.reset(bytes, offset);
        try {
          while (walker.next()) {
            expect(walker.start).toBeGreaterThanOrEqual(offset + 4);
            expect(walker.end).toBeGreaterThanOrEqual(walker.start);
            expect(walker.end).toBeLessThanOrEqual(bytes.length);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
        }
      }),
    );
  });

  it('reads back written attributes', () => {
    const attribute = fc.tuple(fc.nat(0x3fff), fc.array(fc.nat(255), { maxLength: 40 }));
    fc.assert(
      fc.property(fc.array(attribute, { maxLength: 8 }), (attributes) => {
        const bytes = attributes.flatMap(([type, payload]) => {
          const length = 4 + payload.length;
          return [length & 0xff, length >> 8, type & 0xff, type >> 8, ...payload, ...Array(-length & 3).fill(0xee)];
        });
        expect(walk(Uint8Array.from(bytes))).toEqual(attributes);
      }),
    );
  });
});
