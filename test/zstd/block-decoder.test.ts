import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { decompressFrames } from '../../zstd/index.js';
import { xxh64 } from '../../zstd/xxh64.js';
import { havePrograms } from '../support/programs.js';

const MIB = 2 ** 20;

async function* inPieces(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}

/** Decodes frames block by block, and returns length and hash of the content. */
async function read(bytes: Buffer, maxWindowBytes?: number): Promise<{ length: number; sha: bigint }> {
  const pieces: Buffer[] = [];
  const options = { wholeFrameBytes: 0, ...(maxWindowBytes === undefined ? {} : { maxWindowBytes }) };
  for await (const piece of decompressFrames(inPieces(bytes), options)) pieces.push(Buffer.from(piece));
  const content = Buffer.concat(pieces);
  return { length: content.length, sha: xxh64(content) };
}

/** Returns text that repeats over a long distance, with noise in between. */
function content(bytes: number, distance: number): Buffer {
  const noise = randomBytes(distance);
  const parts: Buffer[] = [];
  for (let length = 0; length < bytes; length += distance) parts.push(noise, Buffer.from(`line ${length}\n`));
  return Buffer.concat(parts).subarray(0, bytes);
}

const haveZstd = havePrograms('windows and the zstd program', 'zstd');

describe.skipIf(!haveZstd)('frames decoded block by block', () => {
  it.each([
    [10, 1, 0.001],
    [17, 1, 0.1],
    [21, 12, 1.9],
    [24, 40, 15],
  ])('decode correctly with a window of 2^%i bytes', async (log, mib, distanceMib) => {
    const plain = content(mib * MIB, Math.floor(distanceMib * MIB));
    const frame = execFileSync('zstd', ['-q', '-c', `--zstd=wlog=${log}`, '-3'], { input: plain, maxBuffer: 2 ** 30 });
    expect(await read(frame)).toEqual({ length: plain.length, sha: xxh64(plain) });
  });

  it('decode correctly for any block lengths, with a small window that moves often', async () => {
    // 1.1 MiB of window and spare room, in blocks of every length.
    const parts = Array.from({ length: 300 }, (_, i) => randomBytes(1 + ((i * 7919) % 60_000)));
    const plain = Buffer.concat(parts.flatMap((part) => [part, part]));
    const frame = execFileSync('zstd', ['-q', '-c', '--zstd=wlog=17'], { input: plain, maxBuffer: 2 ** 30 });
    expect(await read(frame)).toEqual({ length: plain.length, sha: xxh64(plain) });
  });

  it('may be very short', async () => {
    for (const text of ['', 'x', 'xy\n']) {
      const frame = execFileSync('zstd', ['-q', '-c'], { input: text });
      expect(await read(frame)).toEqual({ length: text.length, sha: xxh64(Buffer.from(text)) });
    }
  });

  it('may have a window above 128 MiB only on request', async () => {
    const plain = content(3 * MIB, MIB);
    const frame = execFileSync('zstd', ['-q', '-c', '--long=28'], { input: plain, maxBuffer: 2 ** 30 });
    await expect(read(frame)).rejects.toMatchObject({ code: 'ERR_UNSUPPORTED' });
    expect(await read(frame, 2 ** 28)).toEqual({ length: plain.length, sha: xxh64(plain) });
  });
});

describe('a frame of many tiny blocks', () => {
  /** Returns raw blocks of one byte each, in a frame with this window descriptor. */
  function tinyBlocks(count: number, descriptor: number): Buffer {
    const block = Buffer.from([0x08, 0, 0, 0x61]);
    const blocks = Buffer.concat(Array.from({ length: count }, () => block));
    blocks.writeUInt8(0x09, blocks.length - 4);
    return Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, descriptor]), blocks]);
  }

  it('takes no longer with a window of 128 MiB than with one of 2 MiB', async () => {
    const timed = async (descriptor: number): Promise<number> => {
      const startMs = performance.now();
      expect((await read(tinyBlocks(5000, descriptor))).length).toBe(5000);
      return performance.now() - startMs;
    };
    await timed(0x58);
    const small = await timed(0x58);
    // Moving the window for each block would take minutes.
    expect(await timed(0x88)).toBeLessThan(20 * small + 2000);
  });
});
