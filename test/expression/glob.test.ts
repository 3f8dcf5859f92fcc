import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Glob } from '../../expression/glob.js';
import { globMatches } from './interpreter.js';

describe('a pattern', () => {
  it.each<[string, string, boolean]>([
    ['', '', true],
    ['', 'a', false],
    ['*', '', true],
    ['**', 'abc', true],
    ['a*c', 'abc', true],
    ['a*c', 'ac', true],
    ['a*c', 'a', false],
    ['aa*aa', 'aaa', false],
    ['a?c', 'abc', true],
    ['?', '', false],
    ['*b*d*', 'abcde', true],
    ['*d*b*', 'abcde', false],
    ['*a?c*', 'xxabxabc', true],
    ['a.c', 'abc', false],
    [`*${'?'.repeat(40)}x*`, `${'y'.repeat(45)}x`, true],
    [`*${'a'.repeat(70)}b*`, `${'a'.repeat(100)}b`, true],
  ])('%j and the text %j: %s', (pattern, text, expected) => {
    expect(new Glob(pattern).matches(text)).toBe(expected);
  });

  it('matches as trying every way does', () => {
    const letters = (...from: string[]) =>
      fc.array(fc.constantFrom(...from), { maxLength: 9 }).map((each) => each.join(''));
    fc.assert(
      fc.property(letters('a', 'b', '*', '?'), letters('a', 'b'), (pattern, text) => {
        expect(new Glob(pattern).matches(text), `${pattern} ${text}`).toBe(globMatches(pattern, text));
      }),
      { numRuns: 2000 },
    );
  });

  it('that is hostile looks at each letter at most twice', () => {
    const text = 'a'.repeat(4000);
    const patterns = [
      '*a'.repeat(128),
      `${'*a'.repeat(127)}b`,
      `*${'a'.repeat(250)}b*`,
      `${'?*'.repeat(127)}b*`,
      `${'*a?'.repeat(80)}*b*c`,
      `*${'a?'.repeat(120)}b*`,
    ];
    for (const pattern of patterns) {
      let steps = 0;
      new Glob(pattern).matches({
        length: text.length,
        charCodeAt: (index) => {
          steps++;
          return text.charCodeAt(index);
        },
      });
      expect(steps, pattern).toBeLessThanOrEqual(2 * text.length);
    }
  });
});
