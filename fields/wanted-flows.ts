import { DccpConntrack, SctpConntrack, TcpConntrack } from '../conntrack/index.js';
import { type CompiledExpression, compileExpression } from '../expression/index.js';
import type { FlowRow } from './flow-row.js';
import { FLOW_VOCABULARY } from './flow-vocabulary.js';

/** Flows that are asked for; absent and false members choose all. */
export interface WantedFlows {
  /** Expression. */
  readonly condition?: string;
  /** True for flows with a translation only. */
  readonly nat?: boolean;
  /** One of these states; see {@link parseFlowStates}. */
  readonly states?: readonly string[];
}

/** Names of the states of flows. */
export const FLOW_STATES: readonly string[] = [
  ...new Set([TcpConntrack, SctpConntrack, DccpConntrack].flatMap((states) => Object.keys(states))),
];

/** Parses names of states with commas, in any case, or `state_12` for an unknown one; undefined for any other text. */
export function parseFlowStates(text: string): string[] | undefined {
  const found = text.split(',').map((state) => state.trim().toUpperCase());
  return found.every((state) => FLOW_STATES.includes(state) || /^STATE_\d{1,3}$/.test(state)) ? found : undefined;
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
