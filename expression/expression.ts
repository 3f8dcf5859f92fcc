import { checkExpression } from './check.js';
import type { Test } from './checked.js';
import { compileTest } from './compile.js';
import { parseExpression } from './parse.js';
import type { Expression } from './tree.js';
import type { Vocabulary } from './vocabulary.js';

/** Expression that is ready for rows. */
export interface CompiledExpression<Row> {
  readonly tree: Expression;
  /** Checked condition: the parts of `and` and `or` are those of `tree`, in the same order. */
  readonly test: Test<Row>;
  /** Returns whether the expression holds for a row; null if that is unknown. */
  evaluate(row: Row): boolean | null;
  /** Returns whether the expression holds for sure. */
  matches(row: Row): boolean;
}

/**
 * Parses, checks and compiles an expression.
 * @throws ExpressionError, and nothing else, for every text that is wrong
 */
export function compileExpression<Row>(text: string, vocabulary: Vocabulary<Row>): CompiledExpression<Row> {
  const tree = parseExpression(text);
  const test = checkExpression(tree, vocabulary);
  const evaluate = compileTest(test);
  return { tree, test, evaluate, matches: (row) => evaluate(row) === true };
}
