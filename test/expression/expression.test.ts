import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileExpression, completeExpression, ExpressionError } from '../../expression/index.js';
import { tokenSoup } from './trees.js';
import { VOCABULARY } from './vocabulary.js';

const OPTIONS = { vocabulary: VOCABULARY, values: () => ['nginx', 'a b', '10.0.0.7'] };

function checkText(text: string): 'accepted' | 'refused' {
  try {
    const result = compileExpression(text, VOCABULARY).evaluate({ rttUs: 5, comm: 'nginx', src: '10.0.0.1' });
    expect([true, false, null]).toContain(result);
    return 'accepted';
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    expect(error.at).toBeGreaterThanOrEqual(0);
    expect(error.at).toBeLessThanOrEqual(text.length);
    expect(error.message.startsWith(`at ${error.at}: `)).toBe(true);
    expect(error.message).not.toMatch(/[\p{Cc}\u202e]/u);
    return 'refused';
  }
}

describe('any text', () => {
  it.each([
    ['of random characters', fc.string({ unit: 'binary', maxLength: 200 })],
    ['of random ASCII', fc.string({ unit: 'binary-ascii', maxLength: 60 })],
    ['of tokens', tokenSoup],
  ])('%s is an expression or an ExpressionError with a position in the text', (_name, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, (text) => {
        checkText(text);
      }),
      { numRuns: 4000 },
    );
  });

  it('of tokens is accepted often enough for the property to say something', () => {
    const sample = fc.sample(tokenSoup, { numRuns: 2000, seed: 1 });
    expect(sample.filter((text) => text.trim() !== '' && checkText(text) === 'accepted').length).toBeGreaterThan(20);
  });

  it.each([
    ['an opening parenthesis', '('],
    ['a minus', '-'],
    ['an operator', 'a+'],
    ['a colon', 'a:'],
    ['digits', '1'],
    ['dots', '1.'],
    ['colons', ':'],
    ['quotes', '"\\'],
    ['not in', 'not in '],
    ['blanks', 'not \t'],
  ])('with %s again and again is checked', (_name, piece) => {
    const text = piece.repeat(Math.floor(4096 / piece.length));
    checkText(text);
    expect(() => completeExpression(text, text.length, OPTIONS)).not.toThrow();
  });

  it('is completed at each position without an error, within the text', () => {
    fc.assert(
      fc.property(tokenSoup, fc.nat(80), (text, place) => {
        const at = Math.min(place, text.length);
        for (const { from, to, text: offered } of completeExpression(text, at, OPTIONS)) {
          expect(from).toBeGreaterThanOrEqual(0);
          expect(from).toBeLessThanOrEqual(at);
          expect(to).toBeGreaterThanOrEqual(at);
          expect(to).toBeLessThanOrEqual(text.length);
          expect(offered).not.toBe('');
        }
      }),
      { numRuns: 2000 },
    );
  });
});
