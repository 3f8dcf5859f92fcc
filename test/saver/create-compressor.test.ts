import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { netlink } from '../../native/index.js';
import { createCompressor } from '../../saver/index.js';
import { compressFrame, decompressFrames } from '../../zstd/index.js';

async function contentOf(...frames: readonly Buffer[]): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of decompressFrames(Readable.from(frames))) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

describe('the archive compressor', () => {
  it("is the system's libzstd if it exists", () => {
    const { name } = createCompressor();
    // Every Debian has it: dpkg needs it.
    expect(name).toMatch(/^libzstd \d+\.\d+\.\d+$|^@mongodb-js\/zstd$/);
  });

  it('writes frames like the other library: complete, with a checksum, without a content size', async () => {
    const { compress } = createCompressor();
    const line = fc.string({ maxLength: 2000 }).map((text) => `${text}\n`);
    await fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 40 }), async (lines) => {
        const content = Buffer.from(lines.join(''));
        const [frame, other] = await Promise.all([
          compress(lines.map((text) => Buffer.from(text))),
          compressFrame(content),
        ]);
        expect(frame.subarray(0, 6).toString('hex')).toBe('28b52ffd0458');
        expect(other.subarray(0, 6)).toEqual(frame.subarray(0, 6));
        // The checksum of the content, RFC 8878 section 3.1.1.
        expect(frame.subarray(-4)).toEqual(other.subarray(-4));
        expect(await contentOf(frame, other)).toEqual(Buffer.concat([content, content]));
      }),
      { numRuns: 200 },
    );
  });
});

describe('a compress thread', () => {
  const thread = new netlink.CompressThread(3);

  it('accepts as much as a frame can hold, and nothing else', async () => {
    const most = Buffer.alloc(2 * 1024 * 1024, 'line\n');
    expect((await contentOf(await thread.compress([most]))).equals(most)).toBe(true);
    expect(() => thread.compress([Buffer.alloc(0)])).toThrow(TypeError);
    expect(() => thread.compress([])).toThrow(TypeError);
    expect(() => thread.compress([most, Buffer.alloc(1)])).toThrow('pieces must be 1 to 2097152 bytes long');
    expect(() => thread.compress('text' as never)).toThrow('pieces must be an array');
    expect(() => thread.compress(['text' as never])).toThrow('pieces[0] must be a Uint8Array');
    expect(() => new netlink.CompressThread(0)).toThrow('level must be an integer from 1 to 19');
  });

  it('keeps the order of the calls', async () => {
    const order: number[] = [];
    const all = Array.from({ length: 1000 }, async (_, i) => {
      const frame = await thread.compress([Buffer.from(`${i}`), Buffer.from('\n')]);
      order.push(i);
      return frame;
    });
    const content = await contentOf(...(await Promise.all(all)));
    expect(order).toEqual(Array.from(all.keys()));
    expect(content.toString()).toBe(Array.from(all.keys(), (i) => `${i}\n`).join(''));
  });
});
