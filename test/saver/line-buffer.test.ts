import fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { encodeRecord } from '../../parse/index.js';
import { CHUNK_BYTES, Chunks } from '../../saver/chunks.js';
import { LineBuffer } from '../../saver/line-buffer.js';
import type { Lines } from '../../saver/lines.js';

const TIMESTAMP = '2026-11-20T23:28:03.45Z';
const record = (bytes: number, fill = 0) => ({ timestamp: TIMESTAMP, attributes: [Buffer.alloc(bytes, fill)] });

const textOf = (lines: Lines): string => Buffer.concat(lines.pieces()).toString();

describe('LineBuffer', () => {
  it('gives back the lines that it was given, whatever their lengths, and is as good as new', () => {
    const lengths = fc.array(fc.oneof(fc.nat(1200), fc.nat(3 * CHUNK_BYTES)), { maxLength: 60 });
    const chunks = new Chunks();
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

  it('takes no line that is too long, and is as before', () => {
    const buffer = new LineBuffer(new Chunks());
    const short = encodeRecord(record(10));
    expect(buffer.append(record(100_000), 65_535)).toBe(0);
    expect(buffer.append(record(10), 65_535)).toBe(short.length);
    expect(buffer.append(record(100_000), 65_535)).toBe(0);
    expect(buffer.append(record(10), short.length - 1)).toBe(0);
    expect(buffer.append(record(10), short.length)).toBe(short.length);
    expect(textOf(buffer.take())).toBe(short + short);
  });

  it('holds no more than the line of a connection that has one', () => {
    const buffer = new LineBuffer(new Chunks());
    const length = buffer.append(record(400), 65_535);
    expect(buffer.take().heldBytes).toBeLessThan(length + 200);
  });

  it('sets aside little more than what it holds, however few lines those are', () => {
    const allocate = vi.spyOn(Buffer, 'allocUnsafeSlow');
    onTestFinished(() => allocate.mockRestore());
    const buffer = new LineBuffer(new Chunks());
    for (let i = 0; i < 100; i++) {
      buffer.append(record(400), 65_535);
      const aside = allocate.mock.calls.reduce((sum, [size]) => sum + size, 0);
      expect(aside).toBeLessThan(Math.min(3.2 * buffer.length, buffer.length + 2 * CHUNK_BYTES));
    }
  });

  it('never has two use one chunk', () => {
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
