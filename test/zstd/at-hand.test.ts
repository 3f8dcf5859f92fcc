import { describe, expect, it } from 'vitest';
import { compressFrame, decompressAtHand } from '../../zstd/index.js';

const TEXTS = ['{"Timestamp":"2026-11-20T23:28:03Z"}\n', 'x', '\n'.repeat(100_000)];
const FRAMES = await Promise.all(TEXTS.map((text) => compressFrame(Buffer.from(text))));
/** Window_Descriptor of 16 MiB, and where a frame has it. */
const [LONG_WINDOW, WINDOW_AT] = [0x70, 5];

describe('frames at hand', () => {
  it('are decompressed together where they are small and sound', async () => {
    const contents = await decompressAtHand(Buffer.concat(FRAMES));
    expect(contents?.map((content) => content.toString())).toEqual(TEXTS);
  });

  it('are left to the careful way where they decode to more than 4 MiB, however small they are', async () => {
    const newlines = await compressFrame(Buffer.alloc(100_000, '\n'));
    const times = (count: number) => Buffer.concat(Array.from({ length: count }, () => newlines));
    expect(times(42).length).toBeLessThan(1000);
    expect(await decompressAtHand(times(10))).toHaveLength(10);
    expect(await decompressAtHand(times(42))).toBeUndefined();
  });

  it('are left to the careful way where a window is longer than is usual, or than is allowed', async () => {
    const [first = Buffer.alloc(0)] = FRAMES;
    expect(await decompressAtHand(first, { maxWindowBytes: 1024 * 1024 })).toBeUndefined();
    const long = Buffer.from(first);
    long.writeUInt8(LONG_WINDOW, WINDOW_AT);
    expect(await decompressAtHand(long)).toBeUndefined();
    expect(await decompressAtHand(long, { maxWindowBytes: 1024 ** 3 })).toBeUndefined();
  });

  it('are left to the careful way where anything is cut or damaged', async () => {
    const whole = Buffer.concat(FRAMES);
    const damaged = Buffer.from(whole);
    damaged.writeUInt8(damaged.readUInt8(damaged.length - 1) ^ 1, damaged.length - 1);
    for (const bytes of [whole.subarray(0, -1), damaged, Buffer.concat([whole, Buffer.from('x')]), Buffer.alloc(0)]) {
      expect(await decompressAtHand(bytes)).toBeUndefined();
    }
  });
});
