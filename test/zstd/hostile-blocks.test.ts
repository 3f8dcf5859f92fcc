import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decompressSlowly } from '../../zstd/decode-frame.js';
import { ZstdError } from '../../zstd/index.js';
import { zstdLibrary } from '../../zstd/library.js';
import { cpuMs } from '../fuzz/inputs.js';
import { havePrograms } from '../support/programs.js';

/** Longest content of a block. */
const BLOCK_BYTES = 128 * 1024;

/** Where the first block of a frame begins behind its own header, with a frame header of 6 bytes. */
const BLOCK_AT = 9;

/** A frame of one compressed block, with a window of 2 MiB and no checksum. */
function frameOf(...body: number[]): Buffer {
  const header = Buffer.alloc(3);
  header.writeUIntLE((body.length << 3) | 5, 0, 3);
  return Buffer.concat([Buffer.from('28b52ffd0058', 'hex'), header, Buffer.from(body)]);
}

/** Two literals, sequences of which each has the same codes, and the stream of their extra bits. */
function sequences(
  count: readonly number[],
  [literals, offset, match]: readonly [number, number, number],
  ...bits: number[]
) {
  return frameOf(0x10, 0x61, 0x61, ...count, 0x54, literals, offset, match, ...bits);
}

/** The frame with a raw block of 8 bytes before its own. */
function behindContent(frame: Buffer): Buffer {
  return Buffer.concat([frame.subarray(0, 6), Buffer.of(0x40, 0, 0), Buffer.from('abcdefgh'), frame.subarray(6)]);
}

/** Most sequences that a block can state. */
const MOST = [0xff, 0xff, 0xff] as const;

describe('a block that states more than it has', () => {
  it.each([
    [
      'a match code that there is not',
      Buffer.from('28b52ffd045855000010616101049b8639c0ff7f4efefd', 'hex'),
      'code 155 of',
    ],
    ['a literals code that there is not', sequences([1], [36, 0, 0], 1), 'code 36 of'],
    ['an offset code that there is not', sequences([1], [0, 32, 0], 1), 'code 32 of'],
    // With codes without extra bits no stream ends: 98,303 copies of 34 bytes.
    [
      'more content than the format allows',
      behindContent(sequences(MOST, [0, 0, 31], 1)),
      'more content than the format allows',
    ],
    ['sequences without their bits', sequences(MOST, [0, 0, 52], 1), 'cut off'],
    ['literals that there are not', sequences(MOST, [15, 0, 0], 1), 'more literals than there are'],
    ['literals without end', frameOf(0xfd, 0xff, 0xff, 0x61, 0), 'literals, more than a block holds'],
    ['a distance before the content', sequences([1], [1, 2, 0], 0x0f), 'before the window'],
    ['a distance of 0', sequences([1], [0, 1, 0], 0x03), 'before the window'],
    ['bytes behind its end', frameOf(0x10, 0x61, 0x61, 0, 0), 'goes on behind its end'],
    ['bits behind its last sequence', sequences([1], [2, 0, 0], 0x80), 'end before their stream'],
    ['the code of an earlier block', frameOf(0x13, 0x40, 0x00, 0x01, 0), 'an earlier block'],
    ['the table of an earlier block', frameOf(0x10, 0x61, 0x61, 1, 0xfc, 1), 'an earlier block'],
  ])('is refused: %s', async (_what, frame, reason) => {
    await expect(decompressSlowly(frame, 0)).rejects.toMatchObject({
      code: 'ERR_CORRUPT',
      message: expect.stringContaining(reason),
    });
  });

  it('costs no more than the longest block', async () => {
    // 3,854 copies of 34 bytes fit; the rest of what is stated would be 25 times as many.
    const frame = behindContent(sequences(MOST, [0, 0, 31], 1));
    await expect(decompressSlowly(frame, 0)).rejects.toThrow(ZstdError);
    const began = cpuMs();
    for (let i = 0; i < 100; i++) await expect(decompressSlowly(frame, 0)).rejects.toThrow(ZstdError);
    const longest = frameOf(0xfd, 0xff, 0x1f, 0x61, 0);
    expect((await decompressSlowly(longest, 0)).length).toBe(BLOCK_BYTES - 1);
    expect((cpuMs() - began) / 100).toBeLessThan(100);
  });
});

const library = zstdLibrary();
const haveZstd = havePrograms('frames of every level', 'zstd');

describe.skipIf(!haveZstd || library === undefined)('a frame of any bytes', () => {
  const plain = Array.from({ length: 900 }, (_, i) => `{"n":${(i * 7919) % 997},"text":"line ${i % 13}"}\n`).join('');
  const short = plain.slice(0, 1200);
  const seeds = ['--fast=3', '-1', '-3', '-9', '-19'].flatMap((level) =>
    [plain, short].map((input) => execFileSync('zstd', ['-q', '-c', '--no-check', level], { input })),
  );
  const changes = fc.array(fc.record({ at: fc.nat(), byte: fc.nat(255) }), { maxLength: 3 });

  it('decodes as the library decodes it, or is refused', { timeout: 120_000 }, async () => {
    let decoded = 0;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...seeds), changes, async (seed, list) => {
        const frame = Buffer.from(seed);
        for (const { at, byte } of list) frame.writeUInt8(byte, BLOCK_AT + (at % (frame.length - BLOCK_AT)));
        const own = await decompressSlowly(frame, 0).catch((error: unknown) => {
          if (error instanceof ZstdError) return undefined;
          throw error;
        });
        if (own === undefined) return;
        decoded++;
        expect(own.equals((await library?.decompress(frame)) ?? Buffer.alloc(0))).toBe(true);
      }),
      { numRuns: 3000 },
    );
    expect(decoded).toBeGreaterThan(100);
  });
});
