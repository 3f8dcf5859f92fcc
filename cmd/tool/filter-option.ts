import type { ConnectionRow } from '../../analysis/index.js';
import { compileExpression, ExpressionError } from '../../expression/index.js';
import { CONNECTION_VOCABULARY } from '../../fields/index.js';
import { oneLine } from '../../view/index.js';

/** Letters of a long expression that are shown before and behind the error. */
const SHOWN_AROUND = 60;
const INDENT = '  ';

/** Thrown for a wrong expression. The message has the expression and a mark under the error. */
export class FilterError extends Error {
  override readonly name = 'FilterError';
}

/**
 * Compiles the expression of `--filter` on connections.
 * @returns the check of a connection; undefined without an expression
 * @throws FilterError
 */
export function compileFilter(text: string | undefined): ((row: ConnectionRow) => boolean) | undefined {
  if (text === undefined) return undefined;
  try {
    return compileExpression(text, CONNECTION_VOCABULARY).matches;
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    throw filterError('--filter', text, error);
  }
}

/** Returns the error for a wrong expression that the user gave under a name, such as `--filter`. */
export function filterError(name: string, text: string, error: ExpressionError): FilterError {
  return new FilterError(explain(name, text, error), { cause: error });
}

/** Returns the error, the expression, a caret under the position, and the expected texts that the error omits. */
function explain(name: string, text: string, { at, message, expected }: ExpressionError): string {
  const isMissing = expected.some((each) => !message.includes(each));
  const begin = at > SHOWN_AROUND ? `…${oneLine(text.slice(at - SHOWN_AROUND, at))}` : oneLine(text.slice(0, at));
  const rest = text.slice(at);
  const end = rest.length > SHOWN_AROUND ? `${oneLine(rest.slice(0, SHOWN_AROUND))}…` : oneLine(rest);
  return [
    `${name}: ${message}`,
    `${INDENT}${begin}${end}`,
    `${INDENT}${' '.repeat([...begin].length)}^`,
    ...(isMissing ? [`${INDENT}expected: ${expected.map(oneLine).join(', ')}`] : []),
  ].join('\n');
}
