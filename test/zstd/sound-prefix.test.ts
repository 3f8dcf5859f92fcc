import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compressFrame, soundPrefix } from '../../zstd/index.js';

async function* chunks(bytes: Uint8Array, size = 1 << 16): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** A skippable frame of three bytes. */
const SKIPPABLE = Buffer.from('5e2a4d1803000000616263', 'hex');

/** Arbitrary frames, some of them skippable, and their end offsets. */
const frames = fc
  .array(fc.option(fc.uint8Array({ minLength: 1, maxLength: 3000 }), { freq: 6 }), { minLength: 1, maxLength: 6 })
  .map(async (contents) => {
    const parts = await Promise.all(
      contents.map((bytes) => (bytes === null ? SKIPPABLE : compressFrame(Buffer.from(bytes)))),
    );
    const ends = [0];
    for (const { length } of parts) ends.push((ends.at(-1) ?? 0) + length);
    return { contents, parts, ends };
  });

describe('soundPrefix', () => {
  it('of frames cut anywhere is exactly the whole frames before the cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        frames,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 1, max: 500 }),
        async (made, where, chunk) => {
          const { contents, parts, ends } = await made;
          const file = Buffer.concat(parts);
          const cut = Math.round(file.length * where);
          const whole = ends.filter((end) => end <= cut).length - 1;
          const found = await soundPrefix(chunks(file.subarray(0, cut), chunk));
          expect(found.bytes).toBe(ends[whole]);
          expect(found.frames).toBe(whole);
          expect(found.lastByte).toBe(
            contents
              .slice(0, whole)
              .findLast((bytes) => bytes !== null)
              ?.at(-1),
          );
          expect(found.damage?.code).toBe(ends.includes(cut) ? undefined : 'ERR_TRUNCATED');
          if (found.damage !== undefined) expect(found.damage.at).toBe(found.bytes);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('is whole if it ends on a frame boundary', async () => {
    await fc.assert(
      fc.asyncProperty(frames, async (made) => {
        const { parts, ends } = await made;
        for (const [i, end] of ends.entries()) {
          const found = await soundPrefix(chunks(Buffer.concat(parts.slice(0, i))));
          expect(found).toMatchObject({ bytes: end, frames: i });
          expect(found.damage).toBeUndefined();
        }
      }),
      { numRuns: 50 },
    );
  });

  it('ends before a frame with a wrong checksum, and before bytes that are no frame', async () => {
    const [first, second] = await Promise.all(['a\n', 'b\n'].map((text) => compressFrame(Buffer.from(text))));
    const bad = Buffer.concat([first ?? SKIPPABLE, second ?? SKIPPABLE]);
    bad.writeUInt8(bad.readUInt8(bad.length - 1) ^ 1, bad.length - 1);
    expect(await soundPrefix(chunks(bad))).toMatchObject({ bytes: first?.length, damage: { code: 'ERR_CHECKSUM' } });
    const noise = Buffer.concat([first ?? SKIPPABLE, Buffer.alloc(100)]);
    expect(await soundPrefix(chunks(noise))).toMatchObject({ bytes: first?.length, damage: { code: 'ERR_CORRUPT' } });
  });

  it('rethrows errors of the source', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield SKIPPABLE;
      throw new TypeError('a defect');
    }
    await expect(soundPrefix(broken())).rejects.toEqual(new TypeError('a defect'));
  });
});
