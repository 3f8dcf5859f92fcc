import { type CompiledExpression, compileExpression } from '../../expression/index.js';
import { FLOW_VOCABULARY, type FlowKernelPart, type FlowRow, flowKernelPart, flowRow } from '../../fields/index.js';
import type { DumpFilter, Flow, FlowFamily } from '../index.js';
import type { WantedFlows } from '../socket/index.js';
import type { FlowSelection } from './options.js';

/** Filter of flows: the part of the kernel, and the test here. */
export class SelectedFlows implements WantedFlows {
  readonly #expression: CompiledExpression<FlowRow> | undefined;
  readonly #family: FlowFamily | undefined;
  readonly kernelPart: FlowKernelPart;
  readonly areAll: boolean;

  /**
   * @param filtersInKernel false to have the kernel return all flows
   * @throws ExpressionError
   */
  constructor({ filter, family }: Pick<FlowSelection, 'filter' | 'family'>, filtersInKernel = true) {
    this.#expression = typeof filter === 'string' ? compileExpression(filter, FLOW_VOCABULARY) : filter;
    this.#family = family;
    this.areAll = this.#expression === undefined && family === undefined;
    const part: FlowKernelPart =
      this.#expression === undefined || !filtersInKernel
        ? { dumps: [{}], events: {}, inKernel: [], hereOnly: [] }
        : flowKernelPart(this.#expression);
    this.kernelPart = family === undefined ? part : ofFamily(part, family);
  }

  /** Returns whether a flow is wanted. */
  matches(flow: Flow, isLocal: (address: string) => boolean): boolean {
    if (this.#family !== undefined && flow.family !== this.#family) return false;
    return this.#expression === undefined || this.#expression.matches(flowRow(flow, isLocal));
  }
}

function ofFamily(part: FlowKernelPart, family: FlowFamily): FlowKernelPart {
  const dumps = part.dumps.flatMap((dump): DumpFilter[] =>
    dump.family === undefined || dump.family === family ? [{ ...dump, family }] : [],
  );
  return { ...part, dumps, events: { ...part.events, family } };
}
