import type { Numeric, Test } from './checked.js';
import { compileNumeric, type Read } from './compile.js';
import type { CompiledExpression } from './expression.js';
import { formatValue } from './format.js';
import type { Expression } from './tree.js';

/** Number that an expression is about: the side of its first comparison that is not written as a number. */
export interface Measure<Row> {
  /** The side as it is written. */
  readonly text: string;
  readonly read: Read<Row, number>;
  /** Unit of what `read` returns: base of its dimension. Empty without one. */
  readonly unit: 'us' | 'B' | 'B/s' | '';
  /** True if the number is compared by `>` or `>=`, false by `<` or `<=`; null otherwise. */
  readonly isMoreWorse: boolean | null;
}

/** Returns the number that an expression is about; undefined for one that compares no numbers. */
export function measureOf<Row>({
  tree,
  test,
}: Pick<CompiledExpression<Row>, 'tree' | 'test'>): Measure<Row> | undefined {
  return find(tree, test, false);
}

function find<Row>(tree: Expression, test: Test<Row>, isNegated: boolean): Measure<Row> | undefined {
  if ((tree.kind === 'and' || tree.kind === 'or') && (test.kind === 'and' || test.kind === 'or')) {
    for (const [i, part] of tree.parts.entries()) {
      const tested = test.parts[i];
      const found = tested === undefined ? undefined : find(part, tested, isNegated);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (tree.kind === 'not' && test.kind === 'not') return find(tree.part, test.part, !isNegated);
  if (tree.kind !== 'comparison' || test.kind !== 'comparison') return undefined;
  const isReversed = test.left.kind === 'constant';
  const side = isReversed ? test.right : test.left;
  const isMore = test.operator === '>' || test.operator === '>=';
  const isLess = test.operator === '<' || test.operator === '<=';
  return {
    text: formatValue(isReversed ? tree.right : tree.left),
    read: compileNumeric(side),
    unit: unitOf(side),
    isMoreWorse: isMore || isLess ? isMore !== (isReversed !== isNegated) : null,
  };
}

const UNITS = { duration: 'us', bytes: 'B', rate: 'B/s' } as const;

/** Returns the unit of a number, as far as one field, or a sum of fields, says it. */
function unitOf<Row>(numeric: Numeric<Row>): Measure<Row>['unit'] {
  if (numeric.kind === 'constant') return '';
  if (numeric.kind === 'reading') {
    const { type } = numeric.field;
    return type in UNITS ? UNITS[type as keyof typeof UNITS] : '';
  }
  const { operator, left, right } = numeric;
  if (operator === '+' || operator === '-') return unitOf(left);
  if (right.kind === 'constant') return unitOf(left);
  return left.kind === 'constant' && operator === '*' ? unitOf(right) : '';
}
