import type { Cursor } from './cursor.js';
import type { Value } from './tree.js';

/** Context of a value. */
interface ValueContext {
  /** Other side of the comparison or the sum, for completion. */
  readonly subject: Value | null;
  /** The value may be `null` alone, for completion. */
  readonly takesNull: boolean;
}

const NO_CONTEXT: ValueContext = { subject: null, takesNull: false };

/** Parses a sum of values. */
export function parseSum(cursor: Cursor, context: ValueContext = NO_CONTEXT): Value {
  const sum = continueSum(cursor, parseValue(cursor, context), context);
  cursor.expectations.note(cursor.peek().at, { kind: 'arithmetic', subject: sum });
  return sum;
}

/** Parses the rest of a sum whose first value is taken already. */
export function continueSum(cursor: Cursor, first: Value, context: ValueContext = NO_CONTEXT): Value {
  let left = continueProduct(cursor, first);
  for (;;) {
    const operator = cursor.arithmetic('+', '-');
    if (operator === undefined) return left;
    const { at } = cursor.take();
    const next = parseValue(cursor, { subject: context.subject ?? left, takesNull: false });
    const right = continueProduct(cursor, next);
    left = cursor.node<Value>({ kind: 'arithmetic', operator, left, right, at });
  }
}

function continueProduct(cursor: Cursor, first: Value): Value {
  let left = first;
  for (;;) {
    const operator = cursor.arithmetic('*', '/');
    if (operator === undefined) return left;
    const { at } = cursor.take();
    const right = parseValue(cursor, NO_CONTEXT);
    left = cursor.node<Value>({ kind: 'arithmetic', operator, left, right, at });
  }
}

function parseValue(cursor: Cursor, context: ValueContext): Value {
  const { at } = cursor.peek();
  cursor.expectations.note(at, { kind: 'value', ...context });
  if (cursor.isSymbol('(')) {
    cursor.take();
    const inner = cursor.nested(() => parseSum(cursor, { ...context, takesNull: false }));
    cursor.close();
    return inner;
  }
  if (cursor.isWord('null')) {
    cursor.take();
    return cursor.node({ kind: 'null', at });
  }
  return parseLiteral(cursor);
}

function parseLiteral(cursor: Cursor): Value {
  const { kind, text, unit, at } = cursor.peek();
  if (kind === 'end' || kind === 'symbol' || cursor.isKeyword()) cursor.fail('a value');
  cursor.closed(cursor.take());
  if (kind === 'number') return cursor.node({ kind, digits: text, unit, at });
  const aggregate = kind === 'word' ? cursor.aggregate(text, at) : undefined;
  return aggregate ?? cursor.node({ kind: kind === 'string' ? kind : 'word', text, at });
}
