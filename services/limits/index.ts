/** Limits on the connections of a service: admission, refused addresses, and times. Knows no sockets. */
export { Bans, MAX_BANS, TooManyBansError } from './bans.js';
export { type Client, clientOf, clientOfText } from './client-key.js';
export {
  type ConnectionClocks,
  type Deadline,
  earliestDeadlineMs,
  idleMs,
  idleSinceMs,
  lastDataMs,
  nextDeadline,
  type TimeLimits,
} from './clocks.js';
export { type ClientCount, ConnectionCounts } from './connection-counts.js';
export { LazyHeap } from './lazy-heap.js';
export {
  CLOSE_REASONS,
  type CloseReason,
  REJECT_REASONS,
  type RejectReason,
  TIME_REASONS,
  type TimeReason,
} from './reasons.js';
export { type Admission, type Expired, isIdleFor, type LimitedConnection, ServiceLimits } from './service-limits.js';
