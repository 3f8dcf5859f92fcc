import { type CompiledExpression, compileExpression, ExpressionError } from '../../../expression/index.js';
import { explainFlowKernelPart, FLOW_VOCABULARY, type FlowRow, flowKernelPart } from '../../../fields/index.js';
import { filterError } from '../../tool/filter-option.js';
import type { SelectionOptions } from './options.js';

/** Flows that the arguments ask for. */
export interface FlowChoice {
  /** Absent if all flows are wanted. */
  readonly filter?: CompiledExpression<FlowRow>;
  /** Sentence on the part that the kernel tests. */
  readonly explanation: string;
}

/**
 * Makes one expression of the condition, `--nat` and `--state`.
 * @throws FilterError for a wrong condition
 */
export function chooseFlows(words: readonly string[], { nat, state }: SelectionOptions): FlowChoice {
  const condition = words.join(' ').trim();
  if (condition !== '') compile(condition);
  const parts = [
    ...(condition === '' ? [] : [condition]),
    ...(nat ? ['nat.kind != none'] : []),
    ...(state === undefined ? [] : [`flow.state in (${state.map((name) => `"${name}"`).join(', ')})`]),
  ];
  if (parts.length === 0) return { explanation: 'All flows are wanted' };
  const filter = compile(parts.length === 1 ? parts.join() : parts.map((part) => `(${part})`).join(' and '));
  return { filter, explanation: explainFlowKernelPart(flowKernelPart(filter)) };
}

/** @throws FilterError */
function compile(text: string): CompiledExpression<FlowRow> {
  try {
    return compileExpression(text, FLOW_VOCABULARY);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    throw filterError('FILTER', text, error);
  }
}
