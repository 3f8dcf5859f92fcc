import type { NonNumeric, Numeric } from './checked.js';
import { ExpressionError, quote } from './error.js';
import type { NumericField } from './field.js';
import { formatValue } from './format.js';
import { MAX_DIGITS } from './limits.js';
import { type NumericType, phraseOf } from './quantity.js';
import { type NumberValue, type StringValue, startOf, type Value, type Word } from './tree.js';
import { findUnit, nameSaysUnit, OFFERED_UNITS, UNITS } from './units.js';
import type { NamedField, Vocabulary } from './vocabulary.js';

/** Number with its type. */
export interface NumericOperand<Row> {
  readonly form: 'numeric';
  readonly type: NumericType;
  readonly value: Numeric<Row>;
  /** Made of numbers only, without a field. */
  readonly isLiteral: boolean;
  /** Factor of the unit that the name says (`rttUs`): a number without a unit is compared in it. Null without one. */
  readonly namedFactor: number | null;
  readonly node: Value;
}

/** Side of a comparison after names were looked up. A raw one is a text, or a word that is no field. */
export type Operand<Row> =
  | NumericOperand<Row>
  | { readonly form: 'field'; readonly field: NonNumeric<Row>; readonly node: Value }
  | { readonly form: 'raw'; readonly text: string; readonly node: Word | StringValue }
  | { readonly form: 'null'; readonly node: Value };

/** Returns the operand of a field. */
export function fieldOperand<Row>({ field, name }: NamedField<Row>, node: Word): Operand<Row> {
  if (field.type === 'text' || field.type === 'boolean' || field.type === 'address')
    return { form: 'field', field, node };
  const factor = factorOf(field);
  const isNamed = field.unit !== undefined && nameSaysUnit(name, field.unit);
  return {
    form: 'numeric',
    type: typeOf(field.type),
    value: { kind: 'reading', field, factor },
    isLiteral: false,
    namedFactor: isNamed ? factor : null,
    node,
  };
}

/** Returns the operand of a number in an expression. */
export function numberOperand<Row>(node: NumberValue): NumericOperand<Row> {
  const unit = node.unit === null ? undefined : findUnit(node.unit);
  return {
    form: 'numeric',
    type: unit?.dimension ?? 'plain',
    value: { kind: 'constant', value: Number(node.digits) * (unit?.factor ?? 1) },
    isLiteral: true,
    namedFactor: null,
    node,
  };
}

/**
 * Returns the operand as a number.
 * @throws ExpressionError for anything else
 */
export function expectNumber<Row>(operand: Operand<Row>, vocabulary: Vocabulary<Row>): NumericOperand<Row> {
  if (operand.form === 'numeric') return operand;
  if (operand.form === 'raw' && operand.node.kind === 'word') throw unknownField(operand.node, vocabulary);
  const phrase = operand.form === 'null' ? 'null' : phraseOf(operand.form === 'field' ? operand.field.type : 'text');
  throw new ExpressionError(startOf(operand.node), `${describe(operand)} is ${phrase}; expected a number`, [
    'a number',
  ]);
}

/** Returns an operand as it is written, for a message. */
export function describe<Row>({ node }: Operand<Row>): string {
  return quote(formatValue(node));
}

const LONG_NUMBER = new RegExp(`^\\d{${MAX_DIGITS + 1},}(?:\\.\\d+)?[a-z]*$`, 'i');
const NUMBER_WITH_LETTERS = /^(\d+(?:\.\d+)?)(\p{L}+)$/u;

/** Returns the error about a word that is no field, with those that it may have meant. */
export function unknownField<Row>({ text, at }: Word, vocabulary: Vocabulary<Row>): ExpressionError {
  if (LONG_NUMBER.test(text)) {
    return new ExpressionError(at, `a number has at most ${MAX_DIGITS} digits, ${quote(text)} has more`, ['a number']);
  }
  const [, digits, letters] = NUMBER_WITH_LETTERS.exec(text) ?? [];
  if (digits !== undefined && letters !== undefined) {
    const units = UNITS.map(({ name }) => name);
    return new ExpressionError(at + digits.length, `${quote(letters)} is no unit; ${units.join(', ')}?`, units);
  }
  const near = vocabulary.nearFields(text);
  const hint = near.length === 0 ? '' : `; ${near.join(', ')}?`;
  return new ExpressionError(at, `${quote(text)} is no field${hint}`, near);
}

/** Factor from a field's unit to the base of its type. */
function factorOf<Row>({ type, unit }: NumericField<Row>): number {
  return unit === undefined || typeOf(type) === 'plain' ? 1 : (findUnit(unit)?.factor ?? 1);
}

function typeOf(type: NumericField<never>['type']): NumericType {
  return type === 'count' || type === 'number' || type === 'port' ? 'plain' : type;
}

/**
 * Returns the error about two operands that cannot be compared or added. For a number without a unit it offers the
 * number with units.
 */
export function mismatch<Row>(left: Operand<Row>, right: Operand<Row>): ExpressionError {
  return offer(left, right) ?? offer(right, left) ?? plainMismatch(left, right);
}

function offer<Row>(number: Operand<Row>, other: Operand<Row>): ExpressionError | undefined {
  if (number.form !== 'numeric' || number.node.kind !== 'number' || number.node.unit !== null) return undefined;
  if (other.form !== 'numeric' || !(other.type in OFFERED_UNITS)) return undefined;
  const { digits, at } = number.node;
  const offered = OFFERED_UNITS[other.type as keyof typeof OFFERED_UNITS].map((unit) => `${digits}${unit}`);
  return new ExpressionError(at, `${digits} has no unit; ${offered.join(', ')}?`, offered);
}

function plainMismatch<Row>(left: Operand<Row>, right: Operand<Row>): ExpressionError {
  const reason = `${describe(right)} is ${phraseFor(right)}, ${describe(left)} is ${phraseFor(left)}`;
  return new ExpressionError(startOf(right.node), reason, [phraseFor(left)]);
}

function phraseFor<Row>(operand: Operand<Row>): string {
  if (operand.form === 'null') return 'null';
  if (operand.form === 'raw') return phraseOf('text');
  return phraseOf(operand.form === 'field' ? operand.field.type : operand.type);
}
