import { describe, expect, it } from 'vitest';
import { compressFrame, decompressAtHand } from '../../zstd/index.js';

const TEXTS = ['{"Timestamp":"2026-11-20T23:28:03Z"}\n', 'x', '\n'.repeat(100_000)];
const FRAMES = await Promise.all(TEXTS.map((text) => compressFrame(Buffer.from(text))));
/** Window_Descriptor of 16 MiB, and its offset in a frame. */
const [LONG_WINDOW, WINDOW_AT] = [0x70, 5];

async function decompress(...[inputs, options]: Parameters<typeof decompressAtHand>): Promise<(string | undefined)[]> {
  const contents = await Promise.all(decompressAtHand(inputs, options));
  return contents.map((content) => content?.toString());
}

/** Decompresses one input by itself. */
async function decompressOne(
  input: Buffer,
  options?: { readonly maxWindowBytes: number },
): Promise<string | undefined> {
  const [content] = await decompress([input], options);
  return content;
}

describe('decompression of buffered frames', () => {
  it('handles small intact frames together', async () => {
    expect(await decompressOne(Buffer.concat(FRAMES))).toBe(TEXTS.join(''));
    expect(await decompress(FRAMES)).toEqual(TEXTS);
    expect(await decompress([...FRAMES, Buffer.concat(FRAMES), ...FRAMES])).toEqual([
      ...TEXTS,
      TEXTS.join(''),
      ...TEXTS,
    ]);
  });

  it('returns no text without frames, and an empty text for an empty frame', async () => {
    expect(await decompress([])).toEqual([]);
    const empty = Buffer.from('28b52ffd240001000099e9d851', 'hex');
    expect(await decompress([empty, ...FRAMES, empty])).toEqual(['', ...TEXTS, '']);
  });

  it('leaves frames that decode to more than 4 MiB to the slow path, however small they are', async () => {
    const newlines = await compressFrame(Buffer.alloc(100_000, '\n'));
    const times = (count: number) => Buffer.concat(Array.from({ length: count }, () => newlines));
    expect(times(42).length).toBeLessThan(1000);
    expect(await decompress([times(10), times(42), times(30)])).toEqual([
      '\n'.repeat(1_000_000),
      undefined,
      '\n'.repeat(3_000_000),
    ]);
  });

  it('leaves frames with a larger window than usual or allowed to the slow path', async () => {
    const [first = Buffer.alloc(0)] = FRAMES;
    expect(await decompressOne(first, { maxWindowBytes: 1024 * 1024 })).toBeUndefined();
    const long = Buffer.from(first);
    long.writeUInt8(LONG_WINDOW, WINDOW_AT);
    expect(await decompressOne(long)).toBeUndefined();
    expect(await decompressOne(long, { maxWindowBytes: 1024 ** 3 })).toBeUndefined();
  });

  it('leaves truncated or damaged frames to the slow path, but not others', async () => {
    const whole = Buffer.concat(FRAMES);
    const damaged = Buffer.from(whole);
    damaged.writeUInt8(damaged.readUInt8(damaged.length - 1) ^ 1, damaged.length - 1);
    for (const bytes of [whole.subarray(0, -1), damaged, Buffer.concat([whole, Buffer.from('x')]), Buffer.alloc(0)]) {
      expect(await decompressOne(bytes)).toBeUndefined();
      expect(await decompress([...FRAMES, bytes, whole])).toEqual([...TEXTS, undefined, TEXTS.join('')]);
    }
  });
});
