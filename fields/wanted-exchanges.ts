import { type CompiledExpression, compileExpression } from '../expression/index.js';
import type { HttpExchange } from '../http/index.js';
import { EXCHANGE_VOCABULARY } from './exchange-vocabulary.js';

/** Exchanges that are asked for; absent members choose all. */
export interface WantedExchanges {
  /** Expression. */
  readonly condition?: string;
  /** One of these methods. */
  readonly methods?: readonly string[];
  /** Patterns of names of interfaces: one of them has to match. */
  readonly interfaces?: readonly string[];
}

/**
 * Returns the check of an exchange; undefined if all are wanted.
 * @throws ExpressionError with a position in the condition
 */
export function compileWantedExchanges(
  wanted: WantedExchanges,
): CompiledExpression<HttpExchange>['matches'] | undefined {
  const { condition = '', methods, interfaces } = wanted;
  const own = condition.trim() === '' ? [] : [compileExpression(condition, EXCHANGE_VOCABULARY)];
  const others = [
    ...(methods === undefined ? [] : [`method in (${methods.map((name) => quoted(name)).join(', ')})`]),
    ...(interfaces === undefined ? [] : [interfaces.map((pattern) => `interface ~ ${quoted(pattern)}`).join(' or ')]),
  ].map((text) => compileExpression(text, EXCHANGE_VOCABULARY));
  const checks = [...own, ...others].map(({ matches }) => matches);
  const [first, ...more] = checks;
  if (first === undefined) return undefined;
  return more.length === 0 ? first : (exchange) => checks.every((matches) => matches(exchange));
}

/** Returns a text as the language writes one. */
function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
}
