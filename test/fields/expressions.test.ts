import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileExpression, findUnit, fullName, type Vocabulary } from '../../expression/index.js';
import { CONNECTION_VOCABULARY, type ScalarField } from '../../fields/index.js';
import { ROW_VOCABULARY, type StoreRow } from '../../live/store/index.js';
import { anyObservation } from '../analysis/observations.js';
import { connectionRow } from '../cmd/summary/rows.js';
import { liveRow } from './live-rows.js';

/** Returns a text as an expression has it. */
function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
}

/** Returns expressions on one field that are true, and some that are false, if its value is this one. */
function statements(name: string, field: ScalarField<never>, value: string | number | boolean): [string[], string[]] {
  if (typeof value === 'boolean') return [[`${name} = ${value}`, `${name}:${value}`], [`${name} = ${!value}`]];
  if (typeof value === 'string') {
    const text = quoted(value);
    const [equal, other] = [`${name} = ${text}`, `${name} != ${text}`];
    if (field.type === 'address')
      return [
        [equal, `${name}:${value}`],
        [other, `not ${name}:${value}`],
      ];
    const values = field.type === 'text' ? field.values : undefined;
    const another = values === undefined ? `${value}x` : values.find((each) => each !== value);
    return [
      [equal, `${name} in (${text})`, `${name}:${text}`],
      [other, `${name} not in (${text})`, `${name} = ${quoted(another ?? '')}`],
    ];
  }
  if (field.type === 'time') {
    const [text, next] = [0, 1].map((more) => quoted(new Date(Math.floor(value / 1000) + more).toISOString()));
    return [[`${name} >= ${text}`, `${name} < ${next}`], [`${name} < ${text}`]];
  }
  const isQuantity = field.unit !== undefined && findUnit(field.unit) !== undefined;
  const [floor, unit] = [BigInt(Math.floor(value)), isQuantity ? field.unit : ''];
  const scaled = (whole: bigint): string => (field.type === 'ratio' ? `${whole * 100n}%` : `${whole}${unit}`);
  return [
    [`${name} >= ${scaled(floor)}`, `not ${name} < ${scaled(floor)}`, `${scaled(floor + 1n)} > ${name}`],
    [`${name} > ${scaled(floor + 1n)}`, `${name} < ${scaled(floor)}`],
  ];
}

/** Checks what expressions on single fields say of a row against the values that the fields read. */
function checkRow<Row>(vocabulary: Vocabulary<Row>, row: Row): void {
  for (const field of vocabulary.fields) {
    const name = fullName(field);
    const value = field.read(row) ?? null;
    const evaluate = (text: string): boolean | null => compileExpression(text, vocabulary).evaluate(row);
    expect(evaluate(`${name} = null`), `${name} = null`).toBe(value === null);
    if (value === null) {
      const comparison = field.type === 'text' || field.type === 'address' ? `${name} = ${name}` : undefined;
      if (comparison !== undefined) expect(evaluate(comparison), comparison).toBeNull();
      continue;
    }
    // A later kernel's state or phase: expressions know the names of today.
    if (field.type === 'text' && field.values?.includes(String(value)) === false) continue;
    // Numbers in expressions have 15 digits, a percentage two less.
    if (field.type !== 'time' && typeof value === 'number' && value > 1e13 - 2) continue;
    const [right, wrong] = statements(name, field as unknown as ScalarField<never>, value);
    for (const text of right) expect(evaluate(text), `${text} of ${value}`).toBe(true);
    for (const text of wrong) expect(evaluate(text), `${text} of ${value}`).toBe(false);
  }
}

describe('expressions on each field', () => {
  it('say of live rows what the fields read', () => {
    fc.assert(
      fc.property(anyObservation, (fields) => {
        checkRow<StoreRow>(ROW_VOCABULARY, liveRow(fields));
      }),
      { numRuns: 40 },
    );
  });

  it('say of connections of archives what the fields read', () => {
    const counter = fc.option(fc.nat());
    fc.assert(
      fc.property(
        fc.record({
          bytesSent: counter,
          bytesRetrans: counter,
          durationUs: counter,
          medianRttUs: fc.option(fc.double({ min: 0, max: 1e9, noNaN: true })),
          goodputBytesPerSec: fc.option(fc.double({ min: 0, max: 1e12, noNaN: true })),
          remoteAddress: fc.ipV6().map((text) => text.toLowerCase()),
          uuid: fc.option(fc.string({ maxLength: 20 })),
          netnsName: fc.option(fc.constantFrom('blue', 'a"b', 'c\\d', 'ÄÖ')),
          hasPeerFin: fc.boolean(),
        }),
        (fields) => checkRow(CONNECTION_VOCABULARY, connectionRow({ family: 10, ...fields })),
      ),
      { numRuns: 60 },
    );
  });
});
