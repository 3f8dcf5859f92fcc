import type { CompiledExpression } from '../../expression/index.js';
import type { FlowRow } from '../../fields/index.js';
import type { FlowFamily } from '../index.js';
import type { KernelOptions } from '../socket/index.js';

/** Flows that are wanted. */
export interface FlowSelection extends KernelOptions {
  /** Expression on flows (`FLOW_VOCABULARY`), as a text or compiled. Default: all flows. */
  readonly filter?: string | CompiledExpression<FlowRow>;
  /** Address family. Default: both. */
  readonly family?: FlowFamily;
}
