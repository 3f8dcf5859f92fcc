import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { decompressSlowly } from '../../zstd/decode-frame.js';
import { compressFrame } from '../../zstd/index.js';

const CONTENTS = [
  Buffer.from('1'),
  Buffer.from('a line\n'),
  Buffer.from('somewhat longer than a line\n'),
  Buffer.alloc(300_000, 'as repetitive as lines of one connection are\n'),
  randomBytes(200_000),
];

describe('a frame without the native library', () => {
  it.for(CONTENTS)('is decoded to the same content', async (content) => {
    expect((await decompressSlowly(await compressFrame(content), 0)).equals(content)).toBe(true);
  });

  it('is rejected when its checksum is wrong or anything else is damaged', async () => {
    const content = Buffer.alloc(3000, 'as repetitive as lines of one connection are\n');
    const frame = await compressFrame(content);
    const last = Buffer.from(frame);
    last.writeUInt8(last.readUInt8(last.length - 1) ^ 1, last.length - 1);
    await expect(decompressSlowly(last, 7)).rejects.toMatchObject({ code: 'ERR_CHECKSUM' });
    for (let at = 6; at < frame.length; at++) {
      const wrong = Buffer.from(frame);
      wrong.writeUInt8(wrong.readUInt8(at) ^ 0x10, at);
      // Some bits have no meaning: then the content is the same, and so is its checksum.
      const outcome = await decompressSlowly(wrong, 7).catch((error: unknown) => error);
      if (outcome instanceof Buffer) expect(outcome.equals(content)).toBe(true);
      else expect(outcome).toMatchObject({ name: 'ZstdError' });
    }
  });
});
