import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decompressSlowly } from '../../zstd/decode-frame.js';
import { ZstdError } from '../../zstd/index.js';
import { zstdLibrary } from '../../zstd/library.js';
import { cpuMs } from '../fuzz/inputs.js';
import { havePrograms } from '../support/programs.js';

/** Maximum content of a block. */
const BLOCK_BYTES = 128 * 1024;

/** Offset of the first block of a frame, with a frame header of 6 bytes. */
const BLOCK_AT = 9;

/** Returns a frame of one compressed block, with a window of 2 MiB and no checksum. */
function frameOf(...body: number[]): Buffer {
  const header = Buffer.alloc(3);
  header.writeUIntLE((body.length << 3) | 5, 0, 3);
  return Buffer.concat([Buffer.from('28b52ffd0058', 'hex'), header, Buffer.from(body)]);
}

/** Returns a block of two literals, sequences with the same codes, and the stream of their extra bits. */
function sequences(
  count: readonly number[],
  [literals, offset, match]: readonly [number, number, number],
  ...bits: number[]
) {
  return frameOf(0x10, 0x61, 0x61, ...count, 0x54, literals, offset, match, ...bits);
}

/** Returns the frame with a raw block of 8 bytes before its own. */
function behindContent(frame: Buffer): Buffer {
  return Buffer.concat([frame.subarray(0, 6), Buffer.of(0x40, 0, 0), Buffer.from('abcdefgh'), frame.subarray(6)]);
}

/** Maximum number of sequences that a block can declare. */
const MOST = [0xff, 0xff, 0xff] as const;

describe('a block that declares more than it contains', () => {
  it.each([
    ['an invalid match code', Buffer.from('28b52ffd045855000010616101049b8639c0ff7f4efefd', 'hex'), 'code 155 of'],
    ['an invalid literals code', sequences([1], [36, 0, 0], 1), 'code 36 of'],
    ['an invalid offset code', sequences([1], [0, 32, 0], 1), 'code 32 of'],
    // Codes without extra bits never exhaust the stream: 98,303 copies of 34 bytes.
    [
      'more content than the format allows',
      behindContent(sequences(MOST, [0, 0, 31], 1)),
      'more content than the format allows',
    ],
    ['sequences without their extra bits', sequences(MOST, [0, 0, 52], 1), 'truncated sequences'],
    ['missing literals', sequences(MOST, [15, 0, 0], 1), 'more literals than there are'],
    ['literals without end', frameOf(0xfd, 0xff, 0xff, 0x61, 0), 'literals, more than a block holds'],
    ['a distance before the content', sequences([1], [1, 2, 0], 0x0f), 'before the window'],
    ['a distance of 0', sequences([1], [0, 1, 0], 0x03), 'before the window'],
    ['bytes after its end', frameOf(0x10, 0x61, 0x61, 0, 0), 'extra bytes at the end'],
    ['bits after its last sequence', sequences([1], [2, 0, 0], 0x80), 'extra bits after'],
    ['the code of an earlier block', frameOf(0x13, 0x40, 0x00, 0x01, 0), 'an earlier block'],
    ['the table of an earlier block', frameOf(0x10, 0x61, 0x61, 1, 0xfc, 1), 'an earlier block'],
  ])('is rejected: %s', async (_what, frame, reason) => {
    await expect(decompressSlowly(frame, 0)).rejects.toMatchObject({
      code: 'ERR_CORRUPT',
      message: expect.stringContaining(reason),
    });
  });

  it('costs no more than the longest block', async () => {
    // 3,854 copies of 34 bytes fit; the declared rest would be 25 times as many.
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

describe.skipIf(!haveZstd || library === undefined)('a frame of arbitrary bytes', () => {
  const plain = Array.from({ length: 900 }, (_, i) => `{"n":${(i * 7919) % 997},"text":"line ${i % 13}"}\n`).join('');
  const short = plain.slice(0, 1200);
  const seeds = ['--fast=3', '-1', '-3', '-9', '-19'].flatMap((level) =>
    [plain, short].map((input) => execFileSync('zstd', ['-q', '-c', '--no-check', level], { input })),
  );
  const changes = fc.array(fc.record({ at: fc.nat(), byte: fc.nat(255) }), { maxLength: 3 });

  it('is decoded like the library does, or rejected', { timeout: 120_000 }, async () => {
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
