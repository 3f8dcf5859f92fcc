import { ExpressionError, quote } from './error.js';
import type { FieldDefinition } from './field.js';
import { near } from './near.js';

/**
 * Checks that a field can have a value that a test accepts: a typo must not match nothing silently. A field without a
 * fixed set of values can have any.
 * @param text the test's operand as it is written
 * @param accepts returns whether the test accepts a value, in lower case
 * @throws ExpressionError at `at`, with the values that may be meant
 */
export function checkValueSet<Row>(
  field: FieldDefinition<Row>,
  text: string,
  at: number,
  accepts: (value: string) => boolean,
): void {
  if (!('values' in field) || field.values === undefined) return;
  const values = field.values.map(String);
  if (values.some((value) => accepts(value.toLowerCase()))) return;
  const similar = near(
    text,
    values.map((value) => [value]),
  );
  const hints = similar.length > 0 ? similar : values;
  throw new ExpressionError(at, `${quote(text)} is no value of ${quote(field.name)}; ${hints.join(', ')}?`, hints);
}

/** Returns whether a field has a fixed set of values, and a word is one of them. */
export function isValueOf<Row>(field: FieldDefinition<Row>, word: string): boolean {
  if (!('values' in field) || field.values === undefined) return false;
  return field.values.some((value) => String(value).toLowerCase() === word.toLowerCase());
}
