import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LineDecoder } from '../../../web/client/line-decoder.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

it('finds the same lines wherever the bytes are cut', () => {
  const text = '{"event":"view","host":"größe → 𝄞"}\n\n{"event":"ping"}\n{"event":"end"}\n';
  const lines = text.split('\n').filter((line) => line !== '');
  const all = bytes(text);
  for (let at = 0; at <= all.length; at++) {
    const decoder = new LineDecoder();
    expect([...decoder.push(all.subarray(0, at)), ...decoder.push(all.subarray(at))], `cut at ${at}`).toEqual(lines);
    expect(decoder.pending).toBe(0);
  }
});

it('finds the same lines of bytes that come one by one', () => {
  const decoder = new LineDecoder();
  const found = [...bytes('ä\n𝄞𝄞\nrest')].flatMap((byte) => decoder.push(Uint8Array.of(byte)));
  expect(found).toEqual(['ä', '𝄞𝄞']);
  expect(decoder.pending).toBe('rest'.length);
});

it('finds the lines of any text, cut anywhere', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' })), fc.array(fc.nat(200)), (texts, sizes) => {
      const lines = texts.map((text) => text.replaceAll('\n', ' ')).filter((text) => text.trim() !== '');
      const all = bytes(lines.map((line) => `${line}\n`).join(''));
      const decoder = new LineDecoder();
      const found: string[] = [];
      let at = 0;
      for (const size of [...sizes, all.length]) {
        found.push(...decoder.push(all.subarray(at, at + size)));
        at += size;
      }
      // A byte order mark at the beginning is no letter of the text.
      expect(found.join('\n').replace(/^\uFEFF/, '')).toBe(lines.join('\n').replace(/^\uFEFF/, ''));
    }),
  );
});
