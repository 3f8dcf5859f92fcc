import { FLOW_STATES, parseFlowStates } from '../../conntrack/index.js';
import type { CompiledExpression } from '../../expression/index.js';
import { compileWantedFlows, FLOW_VOCABULARY, type FlowRow } from '../../fields/index.js';
import { type FlowsRequest, parseSortBy, RequestError, type SortKey } from '../answers/index.js';

/** Most flows in an answer. */
const MAX_FLOWS = 10_000;
/** Most sorted flows: these stay in memory until all are read. */
const MAX_SORTED = 1000;
const DEFAULT_FLOWS = 100;

/** Checked request for flows. */
export interface FlowPlan {
  /** Absent if all flows are wanted. */
  readonly filter?: CompiledExpression<FlowRow>;
  /** Empty for the order of the kernel's table. */
  readonly sort: readonly SortKey<FlowRow>[];
  readonly limit: number;
  /** Network namespace as the client wrote it; absent for the collector's own. */
  readonly netns?: string;
}

/** Checks a request. @throws ExpressionError, RequestError */
export function planFlows({
  filter = '',
  nat = false,
  state,
  sort,
  netns,
  limit = DEFAULT_FLOWS,
}: FlowsRequest): FlowPlan {
  const states = state === undefined ? undefined : parseFlowStates(state);
  if (state !== undefined && states === undefined) {
    throw new RequestError('state', `state: expected states with commas: ${FLOW_STATES.join(', ')}`);
  }
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_FLOWS) {
    throw new RequestError('limit', `limit: ${limit} is not a whole number from 1 to ${MAX_FLOWS}`);
  }
  if (sort !== undefined && limit > MAX_SORTED) {
    throw new RequestError('limit', `limit: at most ${MAX_SORTED} with sort`);
  }
  const compiled = compileWantedFlows({ condition: filter, nat, ...(states === undefined ? {} : { states }) });
  return {
    ...(compiled === undefined ? {} : { filter: compiled }),
    sort: sort === undefined ? [] : parseSortBy(sort, FLOW_VOCABULARY),
    ...(netns === undefined ? {} : { netns }),
    limit,
  };
}
