/** Open connections: detects new, changed and closed ones. */
export { ChangeReason, compareRecords } from './change.js';
export {
  type Connection,
  type ConnectionEnd,
  type ConnectionObserver,
  END_CAUSES,
  type EndCause,
  type FirstSeen,
  type Provenance,
} from './connection.js';
export { ConnectionCache, type ConnectionCacheOptions, type WatchedRead } from './connection-cache.js';
export { type CookieKey, keyOf as cookieKeyOf, readCookieKey } from './cookie-key.js';
export type { EventOutcome } from './event-outcome.js';
export { type ExclusionOptions, Exclusions } from './exclusions.js';
export { type SlotValues, StateSlot, StateSlots } from './state-slots.js';
export { formatUuid } from './uuid.js';
