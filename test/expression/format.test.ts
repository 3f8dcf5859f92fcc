import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Expression, ExpressionError, formatExpression, parseExpression } from '../../expression/index.js';
import { orBeyondBounds } from './bounds.js';
import { anyTree, tokenSoup, withoutPositions } from './trees.js';

describe('the canonical text of an expression', () => {
  it.each([
    ['', ''],
    ['rtt>3*minrtt&&send>1MBIT/S', 'rtt > 3 * minrtt and send > 1Mbit/s'],
    ['dst 10.0.0.0/8 dport 443, 5000-5010 -comm:nginx', 'dst 10.0.0.0/8 and dport 443,5000-5010 and not comm:nginx'],
    ['state:close_wait age > 1h', 'state:close_wait and age > 1h'],
    ['10.0.0.7 443', '10.0.0.7 and 443'],
    ['web-1 or "and" or "a\\"b"', '"web-1" or "and" or "a\\"b"'],
    ['((a)) and (b and (c or d))', 'a and (b and (c or d))'],
    ['a - (b - c) * 2 > (d)', 'a - (b - c) * 2 > d'],
    ['comm not  in (a,"b c",5ms)', 'comm not in (a, "b c", 5ms)'],
    ["comm !~ 'x*'", 'comm !~ "x*"'],
    ['!is:open || NOT x = NULL', 'not is:open or not x = null'],
  ])('of %j is %j', (text, canonical) => {
    expect(formatExpression(parseExpression(text))).toBe(canonical);
    expect(formatExpression(parseExpression(canonical))).toBe(canonical);
  });

  it('is parsed as the same tree', () => {
    fc.assert(
      fc.property(anyTree, (tree) => {
        const parsed = orBeyondBounds(() => parseExpression(formatExpression(tree)));
        fc.pre(parsed !== 'beyond');
        expect(withoutPositions(parsed)).toEqual(withoutPositions(tree));
      }),
      { numRuns: 2000 },
    );
  });

  it('of any text that is accepted is parsed as the same tree', () => {
    fc.assert(
      fc.property(tokenSoup, (text) => {
        let tree: Expression;
        try {
          tree = parseExpression(text);
        } catch (error) {
          if (error instanceof ExpressionError) return;
          throw error;
        }
        expect(withoutPositions(parseExpression(formatExpression(tree)))).toEqual(withoutPositions(tree));
      }),
      { numRuns: 4000 },
    );
  });
});
