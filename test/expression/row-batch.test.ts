import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compileExpression,
  type FieldDefinition,
  formatExpression,
  Outcome,
  RowBatch,
  Vocabulary,
} from '../../expression/index.js';
import { orBeyondBounds } from './bounds.js';
import { rowArbitrary, typedTree } from './interpreter.js';
import { type Row, VOCABULARY } from './vocabulary.js';

const SIZE = 8;
const OUTCOMES = new Map<boolean | null, number>([
  [true, Outcome.True],
  [false, Outcome.False],
  [null, Outcome.Unknown],
]);

const compile = (text: string) => compileExpression(text, VOCABULARY);

function outcomesOf(batch: RowBatch<Row>, text: string): number[] {
  const outcomes = batch.conditions(compile(text).test).of(batch.all, batch.rows.length);
  return [...outcomes.subarray(0, batch.rows.length)];
}

function chosenBy(batch: RowBatch<Row>, texts: readonly string[]): number[] {
  const choice = batch.choice(texts.map((text) => compile(text).test));
  const count = choice.choose(batch.all, batch.rows.length);
  return [...choice.chosen.subarray(0, count)];
}

describe('conditions on many rows', () => {
  it('hold for the rows for which they hold alone', () => {
    const batches = fc.array(fc.array(rowArbitrary, { maxLength: SIZE }), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(fc.array(typedTree, { minLength: 1, maxLength: 4 }), batches, (trees, all) => {
        const texts = trees.map(formatExpression);
        const expressions = orBeyondBounds(() => texts.map(compile));
        if (expressions === 'beyond') return;
        const batch = new RowBatch<Row>({ size: SIZE, familyOf: ({ part }) => part });
        const columns = expressions.map(({ test }) => batch.conditions(test));
        const choice = batch.choice(expressions.map(({ test }) => test));
        for (const rows of all) {
          batch.clear();
          batch.rows.push(...rows);
          const chosen = choice.choose(batch.all, rows.length);
          const matching = rows.flatMap((row, at) => (expressions.every(({ matches }) => matches(row)) ? [at] : []));
          expect([...choice.chosen.subarray(0, chosen)]).toEqual(matching);
          for (const [i, column] of columns.entries()) {
            const outcomes = column.of(batch.all, rows.length).subarray(0, rows.length);
            expect([...outcomes], texts[i]).toEqual(
              rows.map((row) => OUTCOMES.get(expressions[i]?.evaluate(row) ?? null)),
            );
          }
        }
      }),
    );
  });

  it.each([
    ['rtt > 5ms', [3, 1, 2, 1]],
    ['rtt < 5ms', [1, 1, 2, 3]],
    ['rtt >= 5ms', [3, 3, 2, 1]],
    ['rtt <= 5ms', [1, 3, 2, 3]],
    ['rtt = 5ms', [1, 3, 2, 1]],
    ['rtt != 5ms', [3, 1, 2, 3]],
    ['not rtt > 5ms', [1, 3, 2, 3]],
    ['rtt > 5ms and state = listen', [1, 1, 1, 1]],
    ['rtt > 5ms or dport 443', [3, 2, 3, 1]],
    ['rtt > 3*minrtt', [3, 2, 2, 2]],
    ['5ms < rtt', [3, 1, 2, 1]],
    ['dport 443', [3, 2, 3, 1]],
    ['comm ~ ng*', [3, 1, 2, 2]],
  ])('have the three results: %s', (text, expected) => {
    const batch = new RowBatch<Row>({ size: SIZE });
    batch.rows.push(
      { rttUs: 6000, minRttUs: 1000, dport: 443, comm: 'nginx', state: 'ESTABLISHED' },
      { rttUs: 5000, comm: 'curl', state: 'ESTABLISHED' },
      { dport: 443, state: 'ESTABLISHED' },
      { rttUs: 4000, dport: 80, state: 'ESTABLISHED' },
    );
    expect(outcomesOf(batch, text)).toEqual(expected);
  });

  it('are known from the least and the greatest number where these decide', () => {
    const batch = new RowBatch<Row>({ size: SIZE });
    batch.rows.push({ rttUs: 6000, minRttUs: 10 }, { rttUs: 9000, minRttUs: 20 });
    for (const [text, expected] of [
      ['rtt > 9ms', 1],
      ['rtt > 5ms', 3],
      ['rtt < 6ms', 1],
      ['rtt < 10ms', 3],
      ['rtt > minrtt', 3],
      ['minrtt >= rtt', 1],
      ['rtt = minrtt', 1],
      ['rtt != minrtt', 3],
    ] as const) {
      expect(outcomesOf(batch, text), text).toEqual([expected, expected]);
    }
    batch.clear();
    batch.rows.push({ rttUs: 6000 }, {});
    expect(outcomesOf(batch, 'rtt > 9ms')).toEqual([Outcome.False, Outcome.Unknown]);
  });

  it('read a value once from each row, and only if it is needed', () => {
    const reads: string[] = [];
    const field = (name: string, part: string): FieldDefinition<Row> => ({
      ...{ part, name, type: 'count', description: '' },
      read: (row) => {
        reads.push(`${name} ${row.pid}`);
        return row.cwnd;
      },
    });
    const vocabulary = new Vocabulary<Row>({ fields: [field('a', 'x'), field('b', 'y'), field('c', 'y')], flags: [] });
    const batch = new RowBatch<Row>({ size: SIZE, familyOf: ({ part }) => (part === 'y' ? part : undefined) });
    const choices = ['a > 5', 'a > 5 and b > 7', 'c > 1'].map((text) =>
      batch.choice([compileExpression(text, vocabulary).test]),
    );
    batch.rows.push({ pid: 1, cwnd: 4 }, { pid: 2, cwnd: 8 });
    expect(choices.slice(0, 2).map((choice) => choice.choose(batch.all, 2))).toEqual([1, 1]);
    // What is read together with `b` is there already for the row that needed it.
    expect(reads).toEqual(['a 1', 'a 2', 'b 2', 'c 2']);
    expect(choices[2]?.choose(batch.all, 2)).toBe(2);
    expect(reads.slice(4)).toEqual(['b 1', 'c 1']);
  });

  it('choose all rows without any condition', () => {
    const batch = new RowBatch<Row>({ size: SIZE });
    batch.rows.push({}, {});
    expect(chosenBy(batch, [])).toEqual([0, 1]);
    expect(chosenBy(batch, [''])).toEqual([0, 1]);
    expect(chosenBy(batch, ['rtt > 1ms'])).toEqual([]);
  });
});
