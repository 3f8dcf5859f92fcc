import fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { encodeRecord } from '../../parse/index.js';
import { CHUNK_BYTES, Chunks } from '../../saver/chunks.js';
import { FIXED_CHUNK_BYTES, FixedChunks, SLAB_BYTES } from '../../saver/fixed-chunks.js';
import { LineBuffer } from '../../saver/line-buffer.js';
import type { Lines } from '../../saver/lines.js';

const TIMESTAMP = '2026-11-20T23:28:03.45Z';
const record = (bytes: number, fill = 0) => ({ timestamp: TIMESTAMP, attributes: [Buffer.alloc(bytes, fill)] });

const textOf = (lines: Lines): string => Buffer.concat(lines.pieces()).toString();

describe.each([
  ['chunks of several sizes', () => new Chunks()],
  ['chunks of one size', () => new FixedChunks()],
])('LineBuffer with %s', (_, createMemory) => {
  it('returns the added lines, for any lengths, and is empty again', () => {
    const lengths = fc.array(fc.oneof(fc.nat(1200), fc.nat(3 * CHUNK_BYTES)), { maxLength: 60 });
    const chunks = createMemory();
    const buffer = new LineBuffer(chunks);
    fc.assert(
      fc.property(fc.array(lengths, { maxLength: 4 }), (rounds) => {
        for (const round of rounds) {
          const records = round.map((length, i) => record(length, i));
          const lines = records.map(encodeRecord);
          expect(records.map((each) => buffer.append(each, Number.MAX_SAFE_INTEGER))).toEqual(
            lines.map((l) => l.length),
          );
          expect([buffer.length, buffer.lines]).toEqual([lines.join('').length, lines.length]);
          const taken = buffer.take();
          expect(textOf(taken)).toBe(lines.join(''));
          expect([taken.length, taken.count]).toEqual([lines.join('').length, lines.length]);
          taken.free(chunks);
          expect([buffer.length, buffer.lines]).toEqual([0, 0]);
        }
      }),
    );
  });

  it('rejects a line that is too long, and stays unchanged', () => {
    const buffer = new LineBuffer(createMemory());
    const short = encodeRecord(record(10));
    expect(buffer.append(record(100_000), 65_535)).toBe(0);
    expect(buffer.append(record(10), 65_535)).toBe(short.length);
    expect(buffer.append(record(100_000), 65_535)).toBe(0);
    expect(buffer.append(record(10), short.length - 1)).toBe(0);
    expect(buffer.append(record(10), short.length)).toBe(short.length);
    expect(textOf(buffer.take())).toBe(short + short);
  });

  it('knows how much memory it holds', () => {
    const buffer = new LineBuffer(createMemory());
    expect(buffer.append(record(100_000), 65_535)).toBe(0);
    expect(buffer.heldBytes).toBe(0);
    for (let i = 0; i < 40; i++) buffer.append(record(400), 65_535);
    const { heldBytes } = buffer;
    expect(heldBytes).toBeGreaterThan(buffer.length);
    expect(buffer.take().heldBytes).toBe(heldBytes);
    expect(buffer.heldBytes).toBe(0);
  });
});

describe('LineBuffer', () => {
  it('holds one small chunk for a single line', () => {
    const buffer = new LineBuffer(new Chunks());
    expect(buffer.append(record(550), 65_535)).toBeGreaterThan(750);
    expect(buffer.take().heldBytes).toBe(1024);
  });

  it('reuses returned memory of every size', () => {
    const chunks = new Chunks();
    const sizes = [1, 1024, 1025, 2048, 4096, 4097, CHUNK_BYTES];
    const taken = sizes.map((size) => chunks.take(1, size));
    expect(taken.map(({ length }) => length)).toEqual([1024, 1024, 2048, 2048, 4096, 8192, 8192]);
    expect(chunks.heldBytes).toBe(26 * 1024);
    const long = chunks.take(CHUNK_BYTES + 1);
    expect(long).toHaveLength(CHUNK_BYTES + 1);
    for (const chunk of [...taken, long]) chunks.give(chunk);
    const again = sizes.map((size) => chunks.take(size));
    expect(new Set(again)).toEqual(new Set(taken));
    expect(chunks.heldBytes).toBe(26 * 1024);
    expect(chunks.take(CHUNK_BYTES + 1)).not.toBe(long);
  });

  it('keeps what a wave needs, and frees what was spare for a whole period', () => {
    const chunks = new Chunks();
    const wave = (count: number): void => {
      const taken = Array.from({ length: count }, () => chunks.take(CHUNK_BYTES));
      for (const chunk of taken) chunks.give(chunk);
    };
    const small = chunks.take(1);
    wave(2000);
    chunks.freeUnused();
    expect(chunks.heldBytes).toBe(2000 * CHUNK_BYTES + 1024);
    const allocate = vi.spyOn(Buffer, 'allocUnsafeSlow');
    onTestFinished(() => allocate.mockRestore());
    for (let period = 0; period < 3; period++) {
      for (let i = 0; i < 5; i++) wave(300);
      chunks.freeUnused();
      expect(chunks.heldBytes).toBe(300 * CHUNK_BYTES + 1024);
    }
    expect(allocate).not.toHaveBeenCalled();
    chunks.freeUnused();
    expect(chunks.heldBytes).toBe(1024);
    chunks.give(small);
    chunks.freeUnused();
    expect(chunks.heldBytes).toBe(1024);
    chunks.freeUnused();
    expect(chunks.heldBytes).toBe(0);
  });

  it('reserves little more than it holds, however few lines those are', () => {
    const allocate = vi.spyOn(Buffer, 'allocUnsafeSlow');
    onTestFinished(() => allocate.mockRestore());
    const buffer = new LineBuffer(new Chunks());
    for (let i = 0; i < 100; i++) {
      buffer.append(record(400), 65_535);
      const aside = allocate.mock.calls.reduce((sum, [size]) => sum + size, 0);
      expect(aside).toBeLessThan(Math.max(1025, Math.min(4 * buffer.length, buffer.length + 2 * CHUNK_BYTES)));
    }
  });

  it('never shares a chunk between two buffers', () => {
    const chunks = new Chunks();
    const buffers = Array.from({ length: 5 }, () => new LineBuffer(chunks));
    const expected = buffers.map((): string[] => []);
    const taken: string[] = [];
    const all: string[] = [];
    for (let i = 0; i < 2000; i++) {
      const at = (i * 7) % buffers.length;
      const line = record(300, i % 251);
      buffers[at]?.append(line, 65_535);
      expected[at]?.push(encodeRecord(line));
      if (i % 37 !== 0) continue;
      const lines = buffers[at]?.take();
      if (lines === undefined) throw new Error('a buffer expected');
      taken.push(textOf(lines));
      lines.free(chunks);
      all.push(expected[at]?.splice(0).join('') ?? '');
    }
    expect(taken).toEqual(all);
  });
});

describe('FixedChunks', () => {
  it('cuts chunks from slabs, reuses them, and holds the peak of their use', () => {
    const chunks = new FixedChunks();
    expect(chunks.heldBytes).toBe(0);
    const count = SLAB_BYTES / FIXED_CHUNK_BYTES;
    for (let round = 0; round < 3; round++) {
      const taken = Array.from({ length: count }, () => chunks.take(700));
      expect(new Set(taken.map(({ byteOffset }) => byteOffset)).size).toBe(count);
      expect(taken.every(({ length }) => length === FIXED_CHUNK_BYTES)).toBe(true);
      for (const chunk of taken) chunks.give(chunk);
      expect(chunks.heldBytes).toBe(SLAB_BYTES);
    }
    const long = chunks.take(FIXED_CHUNK_BYTES + 1);
    chunks.give(long);
    expect(Array.from({ length: count }, () => chunks.take(1))).not.toContain(long);
    chunks.take(1);
    expect(chunks.heldBytes).toBe(2 * SLAB_BYTES);
  });
});
