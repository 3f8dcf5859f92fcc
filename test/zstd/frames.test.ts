import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { compressFrame, decompressFrames, MAX_FRAME_CONTENT_BYTES, ZstdError } from '../../zstd/index.js';
import { havePrograms } from '../support/programs.js';

/** A test that needs the zstd program. */
const itWithZstd = it.skipIf(!havePrograms('frames and the zstd program', 'zstd'));

const dir = mkdtempSync(join(tmpdir(), 'tcp-info-zstd-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

async function* chunks(bytes: Uint8Array, size = 1 << 16): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function decompress(bytes: Uint8Array, chunk?: number): Promise<Buffer> {
  const out: Buffer[] = [];
  for await (const piece of decompressFrames(chunks(bytes, chunk))) out.push(piece);
  return Buffer.concat(out);
}

/** Decompresses with the zstd program; undefined when it rejects the file. */
function zstdProgram(bytes: Uint8Array): Buffer | undefined {
  const path = join(dir, 'input.zst');
  writeFileSync(path, bytes);
  try {
    execFileSync('zstd', ['-q', '-t', path], { stdio: 'ignore' });
    return execFileSync('zstd', ['-q', '-dc', path], { maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return undefined;
  }
}

/** Returns text that compresses like archive lines: much repetition, some noise. */
function lines(count: number): Buffer {
  let text = '';
  for (let i = 0; i < count; i++) text += `{"Timestamp":"2026-11-20T23:28:03.${i * 7919}Z","RawIDM":"AgEAAKAq${i}"}\n`;
  return Buffer.from(text);
}

describe('compressFrame', () => {
  itWithZstd('has the header of the zstd program on a pipe: checksum, 2 MiB window, no content size', async () => {
    const content = lines(100);
    const frame = await compressFrame(content);
    const theirs = execFileSync('zstd', ['-q', '-c'], { input: content });
    expect(frame.subarray(0, 6).toString('hex')).toBe('28b52ffd0458');
    expect(theirs.subarray(0, 6)).toEqual(frame.subarray(0, 6));
    // The checksum is the same function of the same bytes.
    expect(theirs.subarray(-4)).toEqual(frame.subarray(-4));
    // The library compresses at the program's default level: sizes differ by a few bytes at most.
    expect(Math.abs(theirs.length - frame.length)).toBeLessThan(theirs.length * 0.02);
  });

  itWithZstd('writes frames whose concatenation the zstd program tests and reads', async () => {
    const parts = [lines(1), lines(5000), Buffer.from('x'), Buffer.alloc(MAX_FRAME_CONTENT_BYTES, 'ab')];
    const file = Buffer.concat(await Promise.all(parts.map((part) => compressFrame(part))));
    expect(zstdProgram(file)?.equals(Buffer.concat(parts))).toBe(true);
    expect((await decompress(file)).equals(Buffer.concat(parts))).toBe(true);
  });

  it('rejects content larger than its window, and empty content', async () => {
    await expect(compressFrame(Buffer.alloc(MAX_FRAME_CONTENT_BYTES + 1))).rejects.toThrow(RangeError);
    await expect(compressFrame(Buffer.alloc(0))).rejects.toThrow(RangeError);
  });

  it('round-trips any bytes in any chunking', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 5000 }), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 300 }),
        async (parts, chunk) => {
          const frames = await Promise.all(parts.map((part) => compressFrame(Buffer.from(part))));
          expect((await decompress(Buffer.concat(frames), chunk)).equals(Buffer.concat(parts))).toBe(true);
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('a damaged frame', () => {
  itWithZstd('is detected at every flipped bit that affects the content', async () => {
    const content = lines(40);
    const frame = await compressFrame(content);
    const harmless: Buffer[] = [];
    for (let bit = 0; bit < frame.length * 8; bit++) {
      const bad = Buffer.from(frame);
      bad.writeUInt8(bad.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      try {
        // Wrong content must never be returned.
        expect((await decompress(bad)).equals(content)).toBe(true);
        harmless.push(bad);
      } catch (error) {
        expect(error).toBeInstanceOf(ZstdError);
      }
    }
    // Some bits of the format decide nothing (a larger window, unused bits): the zstd program accepts those too.
    expect(harmless.length).toBeLessThan(frame.length * 8 * 0.02);
    for (const bad of harmless) expect(zstdProgram(bad)?.equals(content)).toBe(true);
  });

  it('is reported as truncated wherever the input is cut, after the frames before it', async () => {
    const first = lines(3);
    const whole = await compressFrame(first);
    const second = await compressFrame(lines(30));
    for (let cut = 1; cut < second.length; cut++) {
      const out: Buffer[] = [];
      const read = (async () => {
        for await (const piece of decompressFrames(chunks(Buffer.concat([whole, second.subarray(0, cut)])))) {
          out.push(piece);
        }
      })();
      await expect(read).rejects.toMatchObject({ code: 'ERR_TRUNCATED', at: whole.length });
      expect(Buffer.concat(out).equals(first)).toBe(true);
    }
  });

  it('never crashes the reader on arbitrary bytes', async () => {
    const magic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), fc.boolean(), async (bytes, framed) => {
        const input = framed ? Buffer.concat([magic, bytes]) : Buffer.from(bytes);
        await decompress(input).catch((error: unknown) => expect(error).toBeInstanceOf(ZstdError));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('decompressFrames', () => {
  itWithZstd(
    'reads a frame of any length that the zstd program wrote, and returns nothing of it if it is damaged',
    async () => {
      const content = lines(400_000);
      expect(content.length).toBeGreaterThan(20 * 1024 * 1024);
      const file = execFileSync('zstd', ['-q', '-c'], { input: content, maxBuffer: 1 << 28 });
      expect((await decompress(file)).equals(content)).toBe(true);
      // Above a bound, which is lower here, it decodes piece by piece.
      const options = { wholeFrameBytes: 1024 * 1024 };
      let pieces = 0;
      const out: Buffer[] = [];
      for await (const piece of decompressFrames(chunks(file), options)) {
        pieces++;
        out.push(piece);
      }
      expect(pieces).toBeGreaterThan(1);
      expect(Buffer.concat(out).equals(content)).toBe(true);
      const bad = Buffer.from(file);
      bad.writeUInt8(bad.readUInt8(bad.length - 1) ^ 1, bad.length - 1);
      const given: Buffer[] = [];
      const take = async (bytes: Buffer, how?: typeof options): Promise<void> => {
        for await (const piece of decompressFrames(chunks(bytes), how)) given.push(piece);
      };
      for (const how of [undefined, options]) {
        await expect(take(bad, how)).rejects.toMatchObject({ code: 'ERR_CHECKSUM' });
        await expect(take(file.subarray(0, -1), how)).rejects.toMatchObject({ code: 'ERR_TRUNCATED' });
        await expect(take(file.subarray(0, file.length >> 1), how)).rejects.toMatchObject({ code: 'ERR_TRUNCATED' });
      }
      expect(given).toEqual([]);
    },
  );

  itWithZstd('skips skippable frames', async () => {
    const skippable = Buffer.from('5e2a4d1803000000616263', 'hex');
    const content = lines(2);
    const file = Buffer.concat([skippable, await compressFrame(content), skippable]);
    expect((await decompress(file)).equals(content)).toBe(true);
    expect(zstdProgram(file)?.equals(content)).toBe(true);
  });
});
