import { ExpressionError } from '../../expression/index.js';

/** Returns the result; `beyond` for a generated tree that is larger than the bounds of expressions. */
export function orBeyondBounds<T>(calculate: () => T): T | 'beyond' {
  try {
    return calculate();
  } catch (error) {
    if (error instanceof ExpressionError && /more than \d+ (?:parts|levels|characters)/.test(error.message))
      return 'beyond';
    throw error;
  }
}
