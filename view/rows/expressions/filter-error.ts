import { compileExpression, ExpressionError, type Vocabulary } from '../../../expression/index.js';

/** Error in an expression. */
export interface FilterError {
  /** Position in the text; undefined if the source did not say. */
  readonly at: number | undefined;
  readonly message: string;
}

/** Returns the error of an expression; undefined if it is right. */
export function expressionError<Row>(text: string, vocabulary: Vocabulary<Row>): FilterError | undefined {
  try {
    if (text.trim() !== '') compileExpression(text, vocabulary);
    return undefined;
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return { at: error.at, message: error.message };
  }
}
