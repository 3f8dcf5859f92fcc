import { checkExpression } from './check.js';
import { checkValue } from './check-value.js';
import type { Numeric, Test } from './checked.js';
import { compileTest } from './compile.js';
import { ExpressionError } from './error.js';
import type { CompiledExpression } from './expression.js';
import type { NumericField } from './field.js';
import { formatValue } from './format.js';
import { expectNumber } from './operand.js';
import { parseExpression } from './parse.js';
import type { NumericType } from './quantity.js';
import { type Aggregate, type AggregateFunction, startOf } from './tree.js';
import { type UsedField, usedFields } from './used-fields.js';
import { type AggregateValue, Vocabulary, type VocabularyOptions } from './vocabulary.js';

/** Aggregate of an expression, ready for the rows of a group. */
export interface CompiledAggregate<Row> {
  /** The aggregate as canonical text. */
  readonly text: string;
  readonly function: AggregateFunction;
  /** Value of a row; null: `count` of rows. A row whose value is unknown does not count. */
  readonly value: Numeric<Row> | null;
  /** Condition for rows that count; null: all. One that is unknown does not hold. */
  readonly condition: Test<Row> | null;
}

/** Group, as an expression sees it. */
export interface Aggregated {
  /** Values of the expression's aggregates, in their order; NaN is unknown. */
  readonly aggregates: ArrayLike<number>;
}

/** Expression on groups that is ready for them. */
export interface GroupExpression<Row, Group extends Aggregated> extends CompiledExpression<Group> {
  readonly aggregates: readonly CompiledAggregate<Row>[];
  /** Fields and flags of rows that the aggregates read. */
  readonly rowFields: ReadonlySet<UsedField<Row>>;
}

/**
 * Parses, checks and compiles an expression on groups of rows: in it aggregates stand for values, such as
 * `count(where state = close_wait) > 100` or `p95(rtt) > 50ms`.
 * @param rows names for what is inside of aggregates
 * @param groups names beside aggregates
 * @throws ExpressionError, and nothing else, for every text that is wrong
 */
export function compileGroupExpression<Row, Group extends Aggregated>(
  text: string,
  rows: Vocabulary<Row>,
  groups: Omit<VocabularyOptions<Group>, 'aggregate'>,
): GroupExpression<Row, Group> {
  const tree = parseExpression(text, { hasAggregates: true });
  const aggregates: CompiledAggregate<Row>[] = [];
  const rowFields = new Set<UsedField<Row>>();
  const aggregate = (node: Aggregate): AggregateValue<Group> => {
    const { compiled, type, namedFactor } = checkAggregate(node, rows, rowFields);
    const known = aggregates.findIndex((each) => each.text === compiled.text);
    const index = known === -1 ? aggregates.push(compiled) - 1 : known;
    const field: NumericField<Group> = {
      ...{ part: '', name: compiled.text, description: '', type: FIELD_TYPES[type] },
      read: (group) => group.aggregates[index],
    };
    return { type, value: { kind: 'reading', field, factor: 1 }, namedFactor };
  };
  const test = checkExpression(tree, new Vocabulary({ ...groups, aggregate }));
  const evaluate = compileTest(test);
  return { tree, test, evaluate, matches: (group) => evaluate(group) === true, aggregates, rowFields };
}

const FIELD_TYPES: Readonly<Record<NumericType, NumericField<never>['type']>> = {
  duration: 'duration',
  bytes: 'bytes',
  rate: 'rate',
  ratio: 'ratio',
  plain: 'count',
  quotient: 'number',
  time: 'time',
};

interface CheckedAggregate<Row> {
  readonly compiled: CompiledAggregate<Row>;
  readonly type: NumericType;
  readonly namedFactor: number | null;
}

function checkAggregate<Row>(node: Aggregate, rows: Vocabulary<Row>, used: Set<UsedField<Row>>): CheckedAggregate<Row> {
  const { function: name, argument } = node;
  const test = node.condition === null ? null : checkExpression(node.condition, rows);
  if (test !== null) for (const field of usedFields(test)) used.add(field);
  const head = { text: formatValue(node), function: name, condition: test };
  if (argument === null) return { compiled: { ...head, value: null }, type: 'plain', namedFactor: null };
  const operand = expectNumber(checkValue(argument, rows), rows);
  if (operand.type === 'time' && (name === 'sum' || name === 'avg')) {
    throw new ExpressionError(startOf(argument), `times have no ${name}; min, max?`, ['min', 'max']);
  }
  for (const field of usedFields({ kind: 'isNull', value: operand.value })) used.add(field);
  const compiled = { ...head, value: operand.value };
  if (name === 'count') return { compiled, type: 'plain', namedFactor: null };
  return { compiled, type: operand.type, namedFactor: operand.namedFactor };
}
