/** `include/uapi/linux/netfilter/nfnetlink_conntrack.h`: requests, flows, events, statistics, filters, and a tracker. */
export * from './constants.js';
export { ConntrackDecoder } from './decoder.js';
export type { DumpFilter, MaskedValue, TupleFilter } from './dump-filter.js';
export { assembleEventFilter, CONNECTION_UPDATES, type EventFilter, type UpdateFilter } from './event-filter.js';
export {
  COUNTERS,
  type DccpFlowInfo,
  FLOW_SCALARS,
  type Flow,
  type FlowCounters,
  type FlowScalars,
  type FlowTimes,
  NF_CT_TCP_FLAGS,
  PROTOINFO_DCCP,
  PROTOINFO_SCTP,
  PROTOINFO_TCP,
  type SctpFlowInfo,
  SEQ_ADJ,
  type SeqAdjustment,
  SYNPROXY,
  type SynproxyInfo,
  type TcpFlowInfo,
  TIMESTAMP,
} from './flow.js';
export { FlowIdentityReader } from './flow-identity.js';
export { type FlowJson, type FlowJsonOptions, flowJson, formatNs, labelBits, lostJson } from './flow-json.js';
export { flowLine } from './flow-line.js';
export { FLOW_STATES, parseFlowStates } from './flow-states.js';
export { FlowStatusReader } from './flow-status.js';
export {
  FlowTracker,
  type FlowTrackerOptions,
  flowKey,
  type TrackedConnection,
  type TrackedConnections,
} from './flow-tracker.js';
export { connectionOfFlow, endsKey, type KnownConnection } from './known-connection.js';
export { ABSENT, FlowLines, type LineParts, NAT_TEXTS, SIDE_TEXTS, Step } from './lines/index.js';
export {
  type FlowEndpoint,
  type FlowEndpoints,
  type FlowNat,
  type FlowSide,
  flowEndpoints,
  flowNat,
  flowStateName,
  formatFlowEndpoint,
  type NatKind,
  type TranslatedFlow,
  type Translation,
} from './meaning.js';
export {
  CONNTRACK_HEADER_SIZE,
  type ConntrackHeader,
  eventKindOf,
  type FlowEvent,
  type KernelEventKind,
  readConntrackHeader,
} from './message.js';
export { MAX_NESTING } from './nest-reader.js';
export * from './nfnetlink.js';
export { type FlowEventKind, type FlowPhase, flowEventKind, flowPhase } from './phase.js';
export * from './protocol.js';
export {
  buildCpuStatisticsRequest,
  buildDeleteRequest,
  buildDumpRequest,
  buildGetRequest,
  buildTableStatisticsRequest,
  type DumpRequest,
  type ExactFlow,
  type FlowAddress,
} from './request.js';
export { type SocketNat, socketNat } from './socket-nat.js';
export {
  DccpConntrack,
  dccpConntrackName,
  SctpConntrack,
  sctpConntrackName,
  TcpConntrack,
  tcpConntrackName,
} from './state.js';
export {
  CPU_STATISTICS,
  type CpuCounters,
  type CpuStatistics,
  TABLE_STATISTICS,
  type TableStatistics,
} from './statistics.js';
export { ConntrackStatus, statusBit, statusNames, TcpConntrackFlag, tcpFlagNames } from './status.js';
export { MAX_TCP_GET_BYTES, type TcpEnds, writeTcpGet } from './tcp-get.js';
export type { EndCause, TrackerChange, TrackerLimits } from './tracked-flows.js';
export {
  type FlowFamily,
  familyName,
  TUPLE_PROTO,
  TUPLE_PROTO_ICMPV6,
  type Tuple,
  type TupleProtocol,
  tupleKey,
} from './tuple.js';
