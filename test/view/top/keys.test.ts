import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Key, KeyDecoder } from '../../../view/top/index.js';

const KEYS: readonly (readonly [string, string])[] = [
  ['\u001b[A', 'up'],
  ['\u001bOA', 'up'],
  ['\u001b[1;5B', 'down'],
  ['\u001b[C', 'right'],
  ['\u001b[D', 'left'],
  ['\u001b[H', 'home'],
  ['\u001b[1~', 'home'],
  ['\u001b[4~', 'end'],
  ['\u001b[5~', 'pageup'],
  ['\u001b[6~', 'pagedown'],
  ['\u001b[3~', 'delete'],
  ['\u001b[Z', 'backtab'],
  ['\r', 'enter'],
  ['\t', 'tab'],
  ['\u007f', 'backspace'],
  ['\u0003', 'ctrl-c'],
  ['\u001a', 'ctrl-z'],
];

function names(keys: readonly Key[]): string[] {
  return keys.map(({ name, text }) => (name === 'text' ? `text ${text}` : name));
}

describe('keys of a terminal', () => {
  it.each(KEYS)('%j is %s', (input, name) => {
    expect(names(new KeyDecoder().push(input))).toEqual([name]);
  });

  it('are the same wherever the input is cut', () => {
    const parts = fc.array(
      fc.oneof(fc.constantFrom(...KEYS), fc.constantFrom(['a', 'text a'], ['數', 'text 數'], ['🙂', 'text 🙂'])),
    );
    fc.assert(
      fc.property(parts, fc.array(fc.nat()), (pressed, cuts) => {
        const letters = [...pressed.map(([input]) => input).join('')];
        const decoder = new KeyDecoder();
        const keys: Key[] = [];
        let from = 0;
        for (const cut of cuts.map((each) => each % (letters.length + 1)).sort((a, b) => a - b)) {
          keys.push(...decoder.push(letters.slice(from, cut).join('')));
          from = cut;
        }
        keys.push(...decoder.push(letters.slice(from).join('')));
        expect(decoder.isWaiting).toBe(false);
        expect(names(keys)).toEqual(pressed.map(([, name]) => name));
      }),
    );
  });

  it('have Escape only when nothing follows it', () => {
    const decoder = new KeyDecoder();
    expect(decoder.push('\u001b')).toEqual([]);
    expect(decoder.isWaiting).toBe(true);
    expect(names(decoder.flush())).toEqual(['escape']);
    expect(decoder.flush()).toEqual([]);
    expect(names(decoder.push('\u001bx'))).toEqual(['escape', 'text x']);
  });

  it('have answers of the terminal as reports, and skip unknown sequences', () => {
    const decoder = new KeyDecoder();
    expect(decoder.push('\u001b[?2026;2$y')).toEqual([{ name: 'report', text: '2026;2$y' }]);
    expect(names(decoder.push('\u001b[15~a\u0000b'))).toEqual(['text a', 'text b']);
  });

  it('do not wait for a sequence without end', () => {
    const keys = new KeyDecoder().push(`\u001b[${'1;'.repeat(40)}`);
    expect(names(keys)[0]).toBe('escape');
  });
});
