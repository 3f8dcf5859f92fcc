import { type CompiledExpression, compileExpression } from '../expression/index.js';
import type { FlowRow } from './flow-row.js';
import { FLOW_VOCABULARY } from './flow-vocabulary.js';

/** Flows that are asked for; absent and false members choose all. */
export interface WantedFlows {
  /** Expression. */
  readonly condition?: string;
  /** True for flows with a translation only. */
  readonly nat?: boolean;
  /** One of these states; see `parseFlowStates`. */
  readonly states?: readonly string[];
}

/**
 * Makes one expression of all conditions; undefined if all flows are wanted.
 * @throws ExpressionError with a position in the condition
 */
export function compileWantedFlows({
  condition = '',
  nat = false,
  states,
}: WantedFlows): CompiledExpression<FlowRow> | undefined {
  const text = condition.trim();
  // Alone, so that the position of an error is right.
  const compiled = text === '' ? undefined : compileExpression(condition, FLOW_VOCABULARY);
  const others = [
    ...(nat ? ['nat.kind != none'] : []),
    ...(states === undefined ? [] : [`flow.state in (${states.map((name) => `"${name}"`).join(', ')})`]),
  ];
  if (others.length === 0) return compiled;
  const parts = [...(text === '' ? [] : [text]), ...others];
  return compileExpression(parts.map((part) => `(${part})`).join(' and '), FLOW_VOCABULARY);
}
