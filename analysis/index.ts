/** What snapshots mean together: columns derived from one and the one before, one row a connection, and summaries. */
export { BBR_PHASES, type BbrPhase, bbrPhase } from './bbr-phase.js';
export { ConnectionBuilder } from './connection-builder.js';
export {
  CLOSED_FIRST,
  type ClosedFirst,
  type ConnectionIdentity,
  type ConnectionRow,
  HOW_ENDED,
  type HowEnded,
  limitedShare,
} from './connection-row.js';
export type { Derived } from './derived.js';
export { Deriver } from './deriver.js';
export { Histogram } from './histogram.js';
export { identify } from './identify.js';
export { LIMITED_BY, type LimitedBy } from './limited-by.js';
export { newObservation, type Observation } from './observation.js';
export { observeSnapshot } from './observe-snapshot.js';
