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
  type RecordedTotals,
  retransmitRate,
} from './connection-row.js';
export { Connections } from './connections.js';
export type { Derived } from './derived.js';
export { Deriver } from './deriver.js';
export { Histogram } from './histogram.js';
export { identify } from './identify.js';
export { LIMIT_EVIDENCE, LIMITED_BY, type LimitEvidence, type LimitedBy } from './limited-by.js';
export type { NotableConnection } from './notable.js';
export { newObservation, type Observation } from './observation.js';
export { observe } from './observe.js';
export { observeSnapshot } from './observe-snapshot.js';
export { type Heavy, SpaceSaving } from './space-saving.js';
export { Summarizer, type SummarizerOptions, summarize } from './summarizer.js';
export type { Distribution, PeerTraffic, PortTraffic, Retransmitter, Summary, Traffic } from './summary.js';
export { TopList } from './top-list.js';
