import { type Flow, type FlowEndpoints, flowEndpoints } from '../conntrack/index.js';

/** Row of expressions on flows. */
export interface FlowRow {
  readonly flow: Flow;
  readonly endpoints: FlowEndpoints;
}

/**
 * Returns the row of a flow.
 * @param isLocal returns whether an address belongs to this machine; without it the end that opened the flow is local
 */
export function flowRow(flow: Flow, isLocal?: (address: string) => boolean): FlowRow {
  return { flow, endpoints: flowEndpoints(flow, isLocal) };
}
