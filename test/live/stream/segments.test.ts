import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeTrailer,
  encodeTrailer,
  parseSegmentName,
  STREAM_KINDS,
  segmentName,
  TRAILER_BYTES,
} from '../../../live/stream/index.js';
import { compareSegments, makeEpoch } from '../../../live/stream/segment-name.js';

const count = fc.nat({ max: 999_999_999_999 });
const epochs = fc
  .tuple(fc.uuid(), fc.integer({ min: 0, max: 4e12 }), fc.double({ min: 0, max: 0.9999, noNaN: true }))
  .map(([boot, ms, random]) => makeEpoch(boot, ms, random));

describe('the name of a segment', () => {
  it('says start, first frame and whether it is finished', () => {
    fc.assert(
      fc.property(epochs, count, fc.boolean(), (epoch, first, isOpen) => {
        const name = segmentName({ epoch, first, isOpen });
        expect(parseSegmentName(name)).toEqual({ epoch, first, isOpen });
        expect(name.endsWith('.jsonl.zst')).toBe(!isOpen);
      }),
    );
  });

  it.each([
    'a.jsonl.zst',
    '5f3a9c1d-t1x9q0-8a3c.1.jsonl.zst',
    '5f3a9c1d-t1x9q0-8a3c.000000000001.jsonl',
    '.lock',
  ])('is not %s', (name) => {
    expect(parseSegmentName(name)).toBeUndefined();
  });

  it('is in order of starts, then of numbers', () => {
    const [early, late] = [makeEpoch('f'.repeat(8), 1_000_000_000_000, 0.9), makeEpoch('0'.repeat(8), 1.1e12, 0)];
    const names = [
      { epoch: late, first: 0 },
      { epoch: early, first: 20 },
      { epoch: early, first: 3 },
    ].map((each) => ({ ...each, isOpen: false }));
    expect(names.toSorted(compareSegments)).toEqual(names.toReversed());
  });
});

describe('the trailer of a segment', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(fc.constantFrom(...STREAM_KINDS), epochs, count, count, count, (kind, epoch, first, frames, rows) => {
        const trailer = { kind, epoch, first, frames, rows };
        expect(decodeTrailer(encodeTrailer(trailer))).toEqual(trailer);
      }),
    );
  });

  it('is not what other bytes say', () => {
    const bytes = encodeTrailer({ kind: 'c', epoch: 'e', first: 1, frames: 2, rows: 3 });
    const other = (change: (copy: Buffer) => void): Buffer => {
      const copy = Buffer.from(bytes);
      change(copy);
      return copy;
    };
    expect(decodeTrailer(bytes.subarray(1))).toBeUndefined();
    expect(decodeTrailer(other((copy) => copy.writeUInt8(0x51, 0)))).toBeUndefined();
    expect(decodeTrailer(other((copy) => copy.writeUInt32LE(7, 4)))).toBeUndefined();
    expect(decodeTrailer(other((copy) => copy.write('{"v":2', 8)))).toBeUndefined();
    expect(decodeTrailer(other((copy) => copy.write('x', 8)))).toBeUndefined();
    expect(decodeTrailer(Buffer.alloc(TRAILER_BYTES))).toBeUndefined();
  });
});
