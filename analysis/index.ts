/** Analysis of a connection's snapshots: columns derived from pairs of them, one row per connection, and summaries. */
export { BBR_PHASES, type BbrPhase, bbrPhase } from './bbr-phase.js';
export { clockAgeUs, olderThan } from './clock-age.js';
export {
  CONNECTION_COUNTERS,
  ConnectionBuilder,
  type ConnectionBuilderOptions,
  type ConnectionCounter,
  LEAST_RATE_US,
} from './connection-builder.js';
export {
  CLOSED_FIRST,
  type ClosedFirst,
  type ConnectionIdentity,
  type ConnectionRow,
  ENDING_UNKNOWN,
  type EndingUnknown,
  HOW_ENDED,
  type HowEnded,
  IDENTITY_KEYS,
  limitedShare,
  type RecordedTotals,
} from './connection-row.js';
export { Connections } from './connections.js';
export { counterIncrease, counterIncrease32 } from './counters.js';
export type { Derived } from './derived.js';
export { newDerived } from './derived.js';
export { Deriver, fillMoment } from './deriver.js';
export { Ending, type EndingVerdict } from './ending.js';
export { copyMoment, type EndingMoment, emptyMoment } from './ending-moment.js';
export {
  fillObservation,
  numberReaders,
  type ObservationReaders,
} from './fill-observation.js';
export { Histogram } from './histogram.js';
export { identify, identifyFurther } from './identify.js';
export { LimitParts } from './limit-parts.js';
export { LimitRule } from './limit-rule.js';
export {
  LIMIT_EVIDENCE,
  LIMITED_BY,
  type Limit,
  type LimitEvidence,
  type LimitedBy,
  WAITING_CAUSES,
} from './limited-by.js';
export {
  atWorkGoodput,
  atWorkUs,
  isSlow,
  type NotableConnection,
  WORK_CAUSES,
  type WorkingConnection,
} from './notable.js';
export { newObservation, type Observation } from './observation.js';
export { OBSERVED_FIELDS, type ObservedField, type ObservedNumber } from './observation-fields.js';
export { observe } from './observe.js';
export { observeEnding } from './observe-ending.js';
export { observeSnapshot } from './observe-snapshot.js';
export { bytesWithoutPayload, PeerFin, type PeerFinFields } from './peer-fin.js';
export { FIRST_EPHEMERAL_PORT, listeningEnd } from './ports.js';
export { hasRetransmittedData, retransmitRate, retransmittedDataSegments } from './retransmits.js';
export { type Heavy, SpaceSaving } from './space-saving.js';
export { standingLimit } from './standing-limit.js';
export { Summarizer, type SummarizerOptions, summarize } from './summarizer.js';
export type {
  Distribution,
  FailedConnects,
  HeldUpSummary,
  MostLimited,
  PeerTraffic,
  PortTraffic,
  Retransmitter,
  Summary,
  Traffic,
} from './summary.js';
export { type SummaryVerdict, summaryVerdict } from './summary-verdict.js';
export { timestampToUs } from './time.js';
export { clockParts, hasWork } from './time-parts.js';
export { TopList } from './top-list.js';
export {
  connectionVerdict,
  FLOWS,
  type Flow,
  isMostlyIdle,
  neverOpened,
  VERDICT_KINDS,
  type Verdict,
  type VerdictKind,
} from './verdict.js';
