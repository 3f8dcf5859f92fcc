import { afterEach, describe, expect, it, vi } from 'vitest';
import { compressFrame, decompressAtHand, decompressFrames } from '../../zstd/index.js';
import { zstdLibrary } from '../../zstd/library.js';

const CONTENT = Buffer.alloc(3000, 'as repetitive as lines of one connection are\n');
const CHECKSUM_BYTES = 4;

/** Returns the frame without its checksum. */
function withoutChecksum(frame: Buffer): Buffer {
  const bare = Buffer.from(frame.subarray(0, frame.length - CHECKSUM_BYTES));
  bare.writeUInt8(bare.readUInt8(4) & ~4, 4);
  return bare;
}

async function contentOf(...pieces: readonly Buffer[]): Promise<Buffer> {
  const contents: Buffer[] = [];
  const source = (async function* () {
    yield* pieces;
  })();
  for await (const content of decompressFrames(source)) contents.push(content);
  return Buffer.concat(contents);
}

/** Watches the calls of the native library. */
function watch() {
  const library = zstdLibrary();
  if (library === undefined) throw new Error('no native library');
  return vi.spyOn(library, 'decompress');
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('a frame without a checksum', () => {
  it('is decoded here, and not by the native library', async () => {
    const frame = await compressFrame(CONTENT);
    const bare = withoutChecksum(frame);
    const decompress = watch();
    expect((await contentOf(bare)).equals(CONTENT)).toBe(true);
    // In pieces it is read block by block first.
    expect((await contentOf(bare.subarray(0, 10), bare.subarray(10))).equals(CONTENT)).toBe(true);
    expect(decompress).not.toHaveBeenCalled();
    expect((await contentOf(frame)).equals(CONTENT)).toBe(true);
    expect(decompress).toHaveBeenCalledTimes(1);
  });

  it('is not decoded in advance, neither alone nor beside others', async () => {
    const frame = await compressFrame(CONTENT);
    const bare = withoutChecksum(frame);
    const decompress = watch();
    const inputs = [bare, Buffer.concat([frame, bare]), Buffer.concat([bare, frame])];
    expect(await Promise.all(decompressAtHand(inputs))).toEqual([undefined, undefined, undefined]);
    expect(decompress).not.toHaveBeenCalled();
    const [first, second] = await Promise.all(decompressAtHand([frame, bare]));
    expect([first?.equals(CONTENT), second]).toEqual([true, undefined]);
  });

  it('is decoded to the same content among frames with one', async () => {
    const frame = await compressFrame(CONTENT);
    const bare = withoutChecksum(frame);
    expect(
      (await contentOf(Buffer.concat([frame, bare, frame]))).equals(Buffer.concat([CONTENT, CONTENT, CONTENT])),
    ).toBe(true);
  });
});
