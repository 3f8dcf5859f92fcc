/** Sockets of connection tracking: dumps and events of flows, without conditions that expressions make. */
export { dumpFlows } from './dump.js';
export { ConntrackError, type ConntrackErrorCode, refusal } from './errors.js';
export { decodedFor, EventListener, type EventReceiver } from './event-listener.js';
export { FlowFormatter } from './flow-formatter.js';
export { eventFilterOf, kernelKindsOf } from './followed-kinds.js';
export { LineFollower, type LineFollowerOptions } from './line-follower.js';
export { Listing, type ListingCounts, type ListingOptions } from './listing.js';
export { LocalAddresses } from './local-addresses.js';
export { MessageReader } from './message-reader.js';
export {
  ALL_FLOWS,
  type FollowedKind,
  type KernelOptions,
  type KernelPart,
  type SkippedMessages,
  type WantedFlows,
} from './options.js';
export { Resync } from './resync.js';
export { type FlowAddon, KernelSession, type ListingAddon } from './session.js';
export { summed } from './summed.js';
