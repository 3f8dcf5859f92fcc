import type { Numeric } from './checked.js';
import { ExpressionError } from './error.js';
import {
  describe,
  expectNumber,
  fieldOperand,
  mismatch,
  type NumericOperand,
  numberOperand,
  type Operand,
} from './operand.js';
import { commonType, type NumericType, phraseOf, productType, timeSumType } from './quantity.js';
import type { Aggregate, ArithmeticOperator, Value } from './tree.js';
import type { Vocabulary } from './vocabulary.js';

/**
 * Looks up the names in a value and checks its types.
 * @throws ExpressionError
 */
export function checkValue<Row>(node: Value, vocabulary: Vocabulary<Row>): Operand<Row> {
  if (node.kind === 'null') return { form: 'null', node };
  if (node.kind === 'number') return numberOperand(node);
  if (node.kind === 'string') return { form: 'raw', text: node.text, node };
  if (node.kind === 'word') {
    const named = vocabulary.field(node.text);
    return named === undefined ? { form: 'raw', text: node.text, node } : fieldOperand(named, node);
  }
  if (node.kind === 'aggregate') return aggregateOperand(node, vocabulary);
  const left = expectNumber(checkValue(node.left, vocabulary), vocabulary);
  const right = expectNumber(checkValue(node.right, vocabulary), vocabulary);
  const { operator } = node;
  if (operator === '+' || operator === '-') return addition(left, operator, right, node);
  return multiplication(left, operator, right, node);
}

function aggregateOperand<Row>(node: Aggregate, { aggregate }: Vocabulary<Row>): Operand<Row> {
  if (aggregate === undefined)
    throw new ExpressionError(node.at, `'${node.function}' is of groups, and this is one row`);
  return { form: 'numeric', ...aggregate(node), isLiteral: false, node };
}

/** Both sides of a comparison or a sum in one unit. */
interface Reconciled<Row> {
  readonly left: Numeric<Row>;
  readonly right: Numeric<Row>;
  readonly type: NumericType;
}

/**
 * Brings two numbers to one type: equal types fit, zero fits every type, and a number without a unit fits a name that
 * says one, such as `rttUs`.
 * @throws ExpressionError if they do not fit
 */
export function reconcile<Row>(left: NumericOperand<Row>, right: NumericOperand<Row>): Reconciled<Row> {
  const type = commonType(left.type, right.type);
  if (type !== undefined) return { left: left.value, right: right.value, type };
  if (isBareNumber(right)) {
    if (isZero(right) && left.type !== 'time') return { left: left.value, right: right.value, type: left.type };
    if (left.namedFactor !== null) {
      return { left: left.value, right: scaled(right.value, left.namedFactor), type: left.type };
    }
  }
  if (isBareNumber(left)) {
    if (isZero(left) && right.type !== 'time') return { left: left.value, right: right.value, type: right.type };
    if (right.namedFactor !== null) {
      return { left: scaled(left.value, right.namedFactor), right: right.value, type: right.type };
    }
  }
  throw mismatch(left, right);
}

function addition<Row>(
  left: NumericOperand<Row>,
  operator: '+' | '-',
  right: NumericOperand<Row>,
  node: Value,
): NumericOperand<Row> {
  const time = timeSumType(left.type, operator, right.type);
  if (time === undefined && left.type === 'time' && right.type === 'time')
    throw impossible(left, operator, right, node);
  const sides = time === undefined ? reconcile(left, right) : { left: left.value, right: right.value, type: time };
  return {
    form: 'numeric',
    type: sides.type,
    value: { kind: 'arithmetic', operator, left: sides.left, right: sides.right, factor: 1 },
    isLiteral: left.isLiteral && right.isLiteral,
    namedFactor: time === undefined ? (left.namedFactor ?? right.namedFactor) : null,
    node,
  };
}

function multiplication<Row>(
  left: NumericOperand<Row>,
  operator: '*' | '/',
  right: NumericOperand<Row>,
  node: Value,
): NumericOperand<Row> {
  const result = productType(left.type, operator, right.type);
  if (result === undefined) throw impossible(left, operator, right, node);
  return {
    form: 'numeric',
    type: result.type,
    value: { kind: 'arithmetic', operator, left: left.value, right: right.value, factor: result.factor },
    isLiteral: left.isLiteral && right.isLiteral,
    // Twice rttUs is still in us, but a quotient of two rttUs is not.
    namedFactor: namedFactorOf(result.type, left, right),
    node,
  };
}

function namedFactorOf<Row>(type: NumericType, left: NumericOperand<Row>, right: NumericOperand<Row>): number | null {
  if (type === left.type && left.namedFactor !== null) return left.namedFactor;
  return type === right.type ? right.namedFactor : null;
}

function impossible<Row>(
  left: NumericOperand<Row>,
  operator: ArithmeticOperator,
  right: NumericOperand<Row>,
  { at }: Value,
): ExpressionError {
  const types = `${describe(left)} is ${phraseOf(left.type)} and ${describe(right)} ${phraseOf(right.type)}`;
  return new ExpressionError(at, `'${operator}' does not apply: ${types}`);
}

/** Returns whether an operand is a number without unit and without field. */
function isBareNumber<Row>({ isLiteral, type }: NumericOperand<Row>): boolean {
  return isLiteral && (type === 'plain' || type === 'quotient');
}

function isZero<Row>({ value }: NumericOperand<Row>): boolean {
  return value.kind === 'constant' && value.value === 0;
}

function scaled<Row>(value: Numeric<Row>, factor: number): Numeric<Row> {
  if (value.kind === 'constant') return { kind: 'constant', value: value.value * factor };
  return { kind: 'arithmetic', operator: '*', left: value, right: { kind: 'constant', value: factor }, factor: 1 };
}
