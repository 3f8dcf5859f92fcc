import { checkExpression } from './check.js';
import { compileTest } from './compile.js';
import { parseExpression } from './parse.js';
import type { Expression } from './tree.js';
import type { Vocabulary } from './vocabulary.js';

/** Expression that is ready for rows. */
export interface CompiledExpression<Row> {
  readonly tree: Expression;
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
  const evaluate = compileTest(checkExpression(tree, vocabulary));
  return { tree, evaluate, matches: (row) => evaluate(row) === true };
}
