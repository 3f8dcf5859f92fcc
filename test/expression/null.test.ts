import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileExpression, formatExpression } from '../../expression/index.js';
import { orBeyondBounds } from './bounds.js';
import { rowArbitrary, typedTree } from './interpreter.js';
import { type Row, VOCABULARY } from './vocabulary.js';

const evaluate = (text: string, row: Row): boolean | null => compileExpression(text, VOCABULARY).evaluate(row);

describe('the logic of null', () => {
  it.each<[string, boolean | null]>([
    ['rtt > 5ms', null],
    ['not rtt > 5ms', null],
    ['rtt != 5ms', null],
    ['rtt = rtt', null],
    ['rtt + 5ms > 0', null],
    ['rtt = null', true],
    ['rtt != null', false],
    ['null = rtt', true],
    ['rtt + 5ms = null', true],
    ['comm = null', true],
    ['busy = null', true],
    ['src != null', false],
    ['1/0 = null', true],
    ['1/0 > 5', null],
    ['comm = x', null],
    ['comm != x', null],
    ['comm ~ *', null],
    ['comm !~ *', null],
    ['comm in (x)', null],
    ['comm not in (x)', null],
    ['comm:x', null],
    ['-comm:x', null],
    ['comm = user', null],
    ['busy = true', null],
    ['busy = ready', null],
    ['src 10.0.0.0/8', null],
    ['addr 10.0.0.0/8', null],
    ['src = dst', null],
    ['dport 443', null],
    ['is:lossy', null],
    ['is:unknown-process', true],
    ['rtt > 5ms or is:unknown-process', true],
    ['rtt > 5ms and -is:unknown-process', false],
    ['rtt > 5ms and is:unknown-process', null],
    ['nginx', false],
    ['-nginx', true],
    ['443', false],
  ])('%s of a row that knows nothing is %s', (text, expected) => {
    expect(evaluate(text, {})).toBe(expected);
    expect(compileExpression(text, VOCABULARY).matches({})).toBe(expected === true);
  });

  const law = (text: (a: string, b: string) => [string, string]) =>
    fc.assert(
      fc.property(typedTree, typedTree, rowArbitrary, (a, b, row) => {
        const [left, right] = text(`(${formatExpression(a)})`, `(${formatExpression(b)})`);
        const results = [left, right].map((each) => orBeyondBounds(() => evaluate(each, row)));
        fc.pre(!results.includes('beyond'));
        expect(results[0], `${left} ⇔ ${right}`).toBe(results[1]);
      }),
      { numRuns: 300 },
    );

  it.each<[string, (a: string, b: string) => [string, string]]>([
    ['two negations cancel', (a) => [`not not ${a}`, a]],
    ['not of and is or of nots', (a, b) => [`not (${a} and ${b})`, `not ${a} or not ${b}`]],
    ['not of or is and of nots', (a, b) => [`not (${a} or ${b})`, `not ${a} and not ${b}`]],
    ['and has no order', (a, b) => [`${a} and ${b}`, `${b} and ${a}`]],
    ['or has no order', (a, b) => [`${a} or ${b}`, `${b} or ${a}`]],
    ['two beside each other are and', (a, b) => [`${a} ${b}`, `${a} and ${b}`]],
    ['and is distributive', (a, b) => [`${a} and (${b} or ${a})`, `${a} and ${b} or ${a} and ${a}`]],
  ])('%s', (_name, text) => {
    law(text);
  });

  it('keeps unknown under not, and matches only what is true', () => {
    fc.assert(
      fc.property(typedTree, rowArbitrary, (tree, row) => {
        const compiled = orBeyondBounds(() => compileExpression(formatExpression(tree), VOCABULARY));
        const negated = orBeyondBounds(() => compileExpression(`not (${formatExpression(tree)})`, VOCABULARY));
        fc.pre(compiled !== 'beyond' && negated !== 'beyond');
        const result = compiled.evaluate(row);
        expect(compiled.matches(row)).toBe(result === true);
        expect(negated.evaluate(row)).toBe(result === null ? null : !result);
      }),
      { numRuns: 300 },
    );
  });
});
