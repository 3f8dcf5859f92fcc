/** Connection tracking of the running kernel: list, get, delete, follow and count flows, and track connections. */
export { explainFlowKernelPart, type FlowKernelPart } from '../../fields/index.js';
export * from '../index.js';
export {
  ConntrackError,
  type ConntrackErrorCode,
  type FollowedKind,
  type KernelOptions,
  type ListingCounts,
  type SkippedMessages,
} from '../socket/index.js';
export { ConnectionTracker, type ConnectionTrackerOptions } from './connection-tracker.js';
export { askConntrackCounts, type ConntrackCounts, readConntrackCounts, sumCpuCounters } from './counts.js';
export { followFlows } from './follow.js';
export type {
  FlowFollower,
  FollowedEvent,
  FollowedFlow,
  FollowerCounts,
  FollowFlowsOptions,
} from './followed-event.js';
export {
  type FlowListing,
  type ListFlowsOptions,
  listFlows,
  type ReadFlowsOptions,
  readFlows,
} from './list.js';
export { type DeletedFlow, deleteFlow, type FlowEnds, getFlow } from './one-flow.js';
export type { FlowSelection } from './options.js';
export { readLocalAddresses } from './read-local-addresses.js';
export { SelectedFlows } from './selection.js';
export type { TrackerCounts } from './tracker-counts.js';
