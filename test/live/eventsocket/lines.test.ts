import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitLines } from '../../../live/eventsocket/lines.js';

async function* stream(chunks: readonly string[]): AsyncGenerator<Buffer, void, undefined> {
  for (const chunk of chunks) {
    yield Buffer.from(chunk, 'latin1');
  }
}

async function collect(chunks: readonly string[], maxLineBytes = 100): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of splitLines(stream(chunks), maxLineBytes, '/run/s')) {
    lines.push(line);
  }
  return lines;
}

describe('splitLines', () => {
  it('joins lines for any chunking', async () => {
    const content = fc.array(fc.stringMatching(/^[a-z]{1,20}$/), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(content, fc.array(fc.integer({ min: 1, max: 30 })), async (lines, cuts) => {
        let rest = lines.map((line) => `${line}\n`).join('');
        const chunks = cuts.map((cut) => {
          const chunk = rest.slice(0, cut);
          rest = rest.slice(cut);
          return chunk;
        });
        expect(await collect([...chunks, rest])).toEqual(lines);
      }),
    );
  });

  it('keeps multi-byte characters whole that are split between chunks', async () => {
    const bytes = Buffer.from('é\u{1f600}\n');
    const chunks = [...bytes].map((byte) => String.fromCharCode(byte));
    expect(await collect(chunks)).toEqual(['é\u{1f600}']);
  });

  it('skips empty lines', async () => {
    expect(await collect(['\n\na\n', '\n', 'b\n'])).toEqual(['a', 'b']);
  });

  it('rejects a line past the limit, ended or not', async () => {
    expect(await collect(['x'.repeat(100), '\n'])).toEqual(['x'.repeat(100)]);
    for (const chunks of [[`${'x'.repeat(101)}\n`], ['x'.repeat(60), 'x'.repeat(60)]]) {
      await expect(collect(chunks)).rejects.toMatchObject({ code: 'ERR_LINE_TOO_LONG', op: 'read', path: '/run/s' });
    }
  });

  it('detects a stream that ends within a line', async () => {
    await expect(collect(['a\nb'])).rejects.toMatchObject({ code: 'ERR_TRUNCATED' });
  });
});
