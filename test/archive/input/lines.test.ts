import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ArchiveInputError, MAX_LINE_BYTES, readLines } from '../../../archive/input/index.js';
import { collect, sourceOf } from './sources.js';

describe('readLines', () => {
  it('numbers lines from 1, and requires no newline after the last', async () => {
    const expected = [
      { line: 1, text: 'a' },
      { line: 2, text: '' },
      { line: 3, text: 'b' },
    ];
    expect(await collect(readLines(sourceOf('a\n\nb\n')))).toEqual({ items: expected });
    expect(await collect(readLines(sourceOf('a\n\nb')))).toEqual({ items: expected });
    expect(await collect(readLines(sourceOf('')))).toEqual({ items: [] });
    expect(await collect(readLines(sourceOf('\n')))).toEqual({ items: [{ line: 1, text: '' }] });
  });

  it('returns the same lines for any chunking', async () => {
    const text = fc
      .array(fc.string({ unit: fc.constantFrom('a', '\n', 'é', '\u{1f600}', '"') }))
      .map((t) => t.join('\n'));
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 1, max: 9 }), async (content, chunkBytes) => {
        const { items } = await collect(readLines(sourceOf(content, chunkBytes)));
        const lines = content.split('\n');
        if (lines.at(-1) === '') lines.pop();
        expect(items.map((item) => item.text)).toEqual(lines);
      }),
    );
  });

  it('reads lines longer than 64 KiB', async () => {
    const long = 'x'.repeat(3_000_000);
    const { items } = await collect(readLines(sourceOf(`a\n${long}\nb\n`)));
    expect(items.map((item) => item.text)).toEqual(['a', long, 'b']);
  });

  it('rejects an endless line with bounded memory', async () => {
    let asked = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('a\n');
      for (const chunk = Buffer.alloc(1 << 20, 'x'); ; asked++) yield chunk;
    }
    const { items, error } = await collect(readLines({ path: 'endless.jsonl', content: endless() }));
    expect(items).toEqual([{ line: 1, text: 'a' }]);
    expect(error).toMatchObject({ name: 'ArchiveInputError', code: 'ERR_LINE_LENGTH', path: 'endless.jsonl', line: 2 });
    expect(asked).toBe(MAX_LINE_BYTES / (1 << 20));
  });

  it('applies its limit wherever a chunk ends', async () => {
    for (const chunkBytes of [1, 3, 10, 11, 12, 100]) {
      const lines = (text: string) => collect(readLines(sourceOf(text, chunkBytes), { maxLineBytes: 10 }));
      expect((await lines('0123456789\n0123456789')).items).toHaveLength(2);
      const message = 'read archive a.jsonl, line 2: line is longer than 10 bytes';
      expect((await lines('a\n0123456789x\n')).error).toMatchObject({ message });
      expect((await lines('a\n0123456789x')).error).toMatchObject({ message });
    }
  });

  it('skips a line that is too long, in constant memory, with an onProblem callback', async () => {
    const chunk = Buffer.alloc(1 << 20, 'x');
    async function* content(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('a\n');
      for (let i = 0; i < 200; i++) yield chunk;
      yield Buffer.from('\nb\n0123');
      for (let i = 0; i < 100; i++) yield chunk;
    }
    const told: ArchiveInputError[] = [];
    const onProblem = (error: ArchiveInputError): void => void told.push(error);
    const { items, error } = await collect(readLines({ path: 'a.jsonl', content: content() }, { onProblem }));
    expect(error).toBeUndefined();
    expect(items).toEqual([
      { line: 1, text: 'a' },
      { line: 3, text: 'b' },
    ]);
    expect(told.map(({ code, line }) => [code, line])).toEqual([
      ['ERR_LINE_LENGTH', 2],
      ['ERR_LINE_LENGTH', 4],
    ]);
  });

  it('finds the lines between overlong ones, for any chunking', async () => {
    const text = fc.array(fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 20 }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 1, max: 25 }), fc.boolean(), async (lines, chunkBytes, newline) => {
        const told: unknown[] = [];
        const content = lines.join('\n') + (newline && lines.length > 0 ? '\n' : '');
        const all = content.split('\n');
        if (all.at(-1) === '') all.pop();
        const options = { maxLineBytes: 10, onProblem: ({ line }: ArchiveInputError) => void told.push(line) };
        const { items } = await collect(readLines(sourceOf(content, chunkBytes), options));
        const numbered = all.map((each, i) => ({ line: i + 1, text: each }));
        expect(items).toEqual(numbered.filter((each) => each.text.length <= 10));
        expect(told).toEqual(numbered.filter((each) => each.text.length > 10).map((each) => each.line));
      }),
    );
  });

  it('closes its source when the reader stops early', async () => {
    let closed = false;
    async function* content(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield Buffer.from('a\nb\n');
      } finally {
        closed = true;
      }
    }
    for await (const { text } of readLines({ path: 'a.jsonl', content: content() })) if (text === 'b') break;
    expect(closed).toBe(true);
  });
});
