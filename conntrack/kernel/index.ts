/** Connection tracking of the running kernel: list, get, delete, follow and count flows, and track connections. */
export { explainFlowKernelPart, type FlowKernelPart } from '../../fields/index.js';
export * from '../index.js';
export { ConnectionTracker, type ConnectionTrackerOptions } from './connection-tracker.js';
export { askConntrackCounts, type ConntrackCounts, readConntrackCounts, sumCpuCounters } from './counts.js';
export { ConntrackError, type ConntrackErrorCode } from './errors.js';
export { followFlows } from './follow.js';
export type {
  FlowFollower,
  FollowedEvent,
  FollowedFlow,
  FollowedKind,
  FollowerCounts,
  FollowFlowsOptions,
} from './followed-event.js';
export {
  type FlowListing,
  type ListFlowsOptions,
  type ListingCounts,
  listFlows,
  type ReadFlowsOptions,
  readFlows,
} from './list.js';
export { type DeletedFlow, deleteFlow, type FlowEnds, getFlow } from './one-flow.js';
export type { FlowSelection, KernelOptions, SkippedMessages } from './options.js';
export { readLocalAddresses } from './read-local-addresses.js';
export type { TrackerCounts } from './tracker-counts.js';
