import { type CompiledExpression, ExpressionError } from '../../../expression/index.js';
import { compileWantedFlows, explainFlowKernelPart, type FlowRow, flowKernelPart } from '../../../fields/index.js';
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
  let filter: CompiledExpression<FlowRow> | undefined;
  try {
    filter = compileWantedFlows({ condition, nat, ...(state === undefined ? {} : { states: state }) });
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    throw filterError('FILTER', condition, error);
  }
  if (filter === undefined) return { explanation: 'All flows are wanted' };
  return { filter, explanation: explainFlowKernelPart(flowKernelPart(filter)) };
}
