/** A flow, and the tables of its attributes — filled in net/netfilter/nf_conntrack_netlink.c. */
import { type AttributeTable, defineAttributes, defineStruct, type Struct } from '../netlink/index.js';
import {
  CTA_COUNTERS_BYTES,
  CTA_COUNTERS_PACKETS,
  CTA_ID,
  CTA_MARK,
  CTA_PROTOINFO_TCP_FLAGS_ORIGINAL,
  CTA_PROTOINFO_TCP_FLAGS_REPLY,
  CTA_PROTOINFO_TCP_STATE,
  CTA_PROTOINFO_TCP_WSCALE_ORIGINAL,
  CTA_PROTOINFO_TCP_WSCALE_REPLY,
  CTA_STATUS,
  CTA_TIMEOUT,
  CTA_TIMESTAMP_EVENT,
  CTA_TIMESTAMP_START,
  CTA_TIMESTAMP_STOP,
  CTA_USE,
  CTA_ZONE,
} from './constants.js';
import type { FlowFamily, Tuple } from './tuple.js';

/** Values of the attributes that hold one integer; absent if the kernel did not send the attribute. */
export interface FlowScalars {
  /** Status, {@link ConntrackStatus} bits. */
  readonly status?: number;
  /** Seconds until the flow expires. */
  readonly timeoutSec?: number;
  /** Mark; events have it only if it is not 0. */
  readonly mark?: number;
  /** Number of references to the flow. */
  readonly useCount?: number;
  /** Id: a 32-bit hash, so another flow may have had it. */
  readonly id?: number;
  /** Zone of both directions; absent for zone 0. */
  readonly zone?: number;
  /** Time of an event in nanoseconds since 1970. */
  readonly eventTimeNs?: bigint;
}

/** State of a TCP flow. */
export interface TcpFlowInfo {
  /** State, a {@link TcpConntrack}. */
  readonly state?: number;
  /** Window scale of the direction that opened the flow. */
  readonly windowScaleOrig?: number;
  readonly windowScaleReply?: number;
  /** Flags of the direction that opened the flow, {@link TcpConntrackFlag} bits. */
  readonly flagsOrig?: number;
  readonly flagsReply?: number;
  /** Mask of `flagsOrig`, which only programs that set flags use: the kernel sends 0. */
  readonly maskOrig?: number;
  readonly maskReply?: number;
}

/** State of an SCTP flow. */
export interface SctpFlowInfo {
  /** State, a {@link SctpConntrack}. */
  readonly state?: number;
  /** Verification tag of the direction that opened the flow. */
  readonly verificationTagOrig?: number;
  readonly verificationTagReply?: number;
}

/** State of a DCCP flow. */
export interface DccpFlowInfo {
  /** State, a {@link DccpConntrack}. */
  readonly state?: number;
  /** Role of the direction that opened the flow: 0 client, 1 server. */
  readonly role?: number;
  readonly handshakeSeq?: bigint;
}

/** Counters of one direction, since the flow began or since they were set to zero. They include IP headers. */
export interface FlowCounters {
  readonly packets?: number;
  readonly bytes?: number;
}

/** Times of a flow in nanoseconds since 1970. */
export interface FlowTimes {
  readonly startTimeNs?: bigint;
  readonly stopTimeNs?: bigint;
}

/** Adjustment of a direction's sequence numbers. */
export interface SeqAdjustment {
  /** Sequence number from which `offsetAfter` holds. */
  readonly correctionPos?: number;
  readonly offsetBefore?: number;
  readonly offsetAfter?: number;
}

/** State of the SYN proxy. */
export interface SynproxyInfo {
  readonly initialSeq?: number;
  readonly initialTimestamp?: number;
  readonly timestampOffset?: number;
}

/** A flow, as a message describes it: everything but family and tuples is absent if the kernel did not send it. */
export interface Flow extends FlowScalars, FlowTimes {
  /** AF_INET or AF_INET6. */
  readonly family: FlowFamily;
  /** Tuple of the packets in the direction that opened the flow. */
  readonly orig: Tuple;
  /** Tuple of answers, after translation. */
  readonly reply: Tuple;
  readonly origCounters?: FlowCounters;
  readonly replyCounters?: FlowCounters;
  readonly tcp?: TcpFlowInfo;
  readonly sctp?: SctpFlowInfo;
  readonly dccp?: DccpFlowInfo;
  /** Name of the helper, e.g. `ftp`. */
  readonly helper?: string;
  /** ORIG tuple of the flow that made the kernel expect this one. */
  readonly master?: Tuple;
  readonly seqAdjOrig?: SeqAdjustment;
  readonly seqAdjReply?: SeqAdjustment;
  /** Security context. */
  readonly secctx?: string;
  /** Labels: bit n is bit n % 8 of byte n / 8. */
  readonly labels?: Uint8Array;
  readonly synproxy?: SynproxyInfo;
}

const U8 = { offset: 0, size: 1, kind: 'u8' } as const;
const BE32 = { offset: 0, size: 4, kind: 'be32' } as const;
const BE64 = { offset: 0, size: 8, kind: 'be64' } as const;
const NS = { offset: 0, size: 8, kind: 'beId64', unit: 'ns' } as const;

/** Table of the attributes of a flow that hold one integer. */
export const FLOW_SCALARS: AttributeTable<FlowScalars> = defineAttributes<FlowScalars>({
  status: { attribute: CTA_STATUS, cName: 'CTA_STATUS', ...BE32, unit: 'bits', since: '2.6' },
  timeoutSec: { attribute: CTA_TIMEOUT, cName: 'CTA_TIMEOUT', ...BE32, unit: 's', since: '2.6' },
  mark: { attribute: CTA_MARK, cName: 'CTA_MARK', ...BE32, unit: 'id', since: '2.6' },
  useCount: { attribute: CTA_USE, cName: 'CTA_USE', ...BE32, unit: 'raw', since: '2.6' },
  id: { attribute: CTA_ID, cName: 'CTA_ID', ...BE32, unit: 'id', since: '2.6' },
  zone: { attribute: CTA_ZONE, cName: 'CTA_ZONE', offset: 0, size: 2, kind: 'be16', unit: 'id', since: '2.6' },
  eventTimeNs: { attribute: CTA_TIMESTAMP_EVENT, cName: 'CTA_TIMESTAMP_EVENT', ...NS, since: '6.12' },
});

/** Members of {@link TcpFlowInfo} that begin an attribute. */
type TcpIntegers = Omit<TcpFlowInfo, 'maskOrig' | 'maskReply'>;

/** Table of the attributes in CTA_PROTOINFO_TCP. Flags are the first byte of `struct nf_ct_tcp_flags`. */
export const PROTOINFO_TCP: AttributeTable<TcpIntegers> = defineAttributes<TcpIntegers>({
  state: { attribute: CTA_PROTOINFO_TCP_STATE, cName: 'CTA_PROTOINFO_TCP_STATE', ...U8, unit: 'enum', since: '2.6' },
  windowScaleOrig: {
    attribute: CTA_PROTOINFO_TCP_WSCALE_ORIGINAL,
    cName: 'CTA_PROTOINFO_TCP_WSCALE_ORIGINAL',
    ...U8,
    unit: 'raw',
    since: '2.6',
  },
  windowScaleReply: {
    attribute: CTA_PROTOINFO_TCP_WSCALE_REPLY,
    cName: 'CTA_PROTOINFO_TCP_WSCALE_REPLY',
    ...U8,
    unit: 'raw',
    since: '2.6',
  },
  flagsOrig: {
    attribute: CTA_PROTOINFO_TCP_FLAGS_ORIGINAL,
    cName: 'CTA_PROTOINFO_TCP_FLAGS_ORIGINAL',
    ...U8,
    unit: 'bits',
    since: '2.6',
  },
  flagsReply: {
    attribute: CTA_PROTOINFO_TCP_FLAGS_REPLY,
    cName: 'CTA_PROTOINFO_TCP_FLAGS_REPLY',
    ...U8,
    unit: 'bits',
    since: '2.6',
  },
});

/** Flags and mask of one direction: `struct nf_ct_tcp_flags`. */
interface NfCtTcpFlags {
  readonly flags: number;
  readonly mask: number;
}

/** Table of `struct nf_ct_tcp_flags`. */
export const NF_CT_TCP_FLAGS: Struct<NfCtTcpFlags> = defineStruct<NfCtTcpFlags>('struct nf_ct_tcp_flags', 2, {
  flags: { cName: 'flags', offset: 0, size: 1, kind: 'u8', unit: 'bits', since: '2.6' },
  mask: { cName: 'mask', offset: 1, size: 1, kind: 'u8', unit: 'bits', since: '2.6' },
});

/** Table of the attributes in CTA_PROTOINFO_SCTP. */
export const PROTOINFO_SCTP: AttributeTable<SctpFlowInfo> = defineAttributes<SctpFlowInfo>({
  state: { attribute: 1, cName: 'CTA_PROTOINFO_SCTP_STATE', ...U8, unit: 'enum', since: '2.6' },
  verificationTagOrig: { attribute: 2, cName: 'CTA_PROTOINFO_SCTP_VTAG_ORIGINAL', ...BE32, unit: 'id', since: '2.6' },
  verificationTagReply: { attribute: 3, cName: 'CTA_PROTOINFO_SCTP_VTAG_REPLY', ...BE32, unit: 'id', since: '2.6' },
});

/** Table of the attributes in CTA_PROTOINFO_DCCP. */
export const PROTOINFO_DCCP: AttributeTable<DccpFlowInfo> = defineAttributes<DccpFlowInfo>({
  state: { attribute: 1, cName: 'CTA_PROTOINFO_DCCP_STATE', ...U8, unit: 'enum', since: '2.6' },
  role: { attribute: 2, cName: 'CTA_PROTOINFO_DCCP_ROLE', ...U8, unit: 'enum', since: '2.6' },
  handshakeSeq: {
    attribute: 3,
    cName: 'CTA_PROTOINFO_DCCP_HANDSHAKE_SEQ',
    offset: 0,
    size: 8,
    kind: 'beId64',
    unit: 'id',
    since: '2.6',
  },
});

/** Table of the attributes in CTA_COUNTERS_ORIG and CTA_COUNTERS_REPLY. */
export const COUNTERS: AttributeTable<FlowCounters> = defineAttributes<FlowCounters>({
  packets: { attribute: CTA_COUNTERS_PACKETS, cName: 'CTA_COUNTERS_PACKETS', ...BE64, unit: 'packets', since: '2.6' },
  bytes: { attribute: CTA_COUNTERS_BYTES, cName: 'CTA_COUNTERS_BYTES', ...BE64, unit: 'bytes', since: '2.6' },
});

/** Table of the attributes in CTA_TIMESTAMP. */
export const TIMESTAMP: AttributeTable<FlowTimes> = defineAttributes<FlowTimes>({
  startTimeNs: { attribute: CTA_TIMESTAMP_START, cName: 'CTA_TIMESTAMP_START', ...NS, since: '2.6' },
  stopTimeNs: { attribute: CTA_TIMESTAMP_STOP, cName: 'CTA_TIMESTAMP_STOP', ...NS, since: '2.6' },
});

/** Table of the attributes in CTA_SEQ_ADJ_ORIG and CTA_SEQ_ADJ_REPLY. */
export const SEQ_ADJ: AttributeTable<SeqAdjustment> = defineAttributes<SeqAdjustment>({
  correctionPos: { attribute: 1, cName: 'CTA_SEQADJ_CORRECTION_POS', ...BE32, unit: 'id', since: '2.6' },
  offsetBefore: { attribute: 2, cName: 'CTA_SEQADJ_OFFSET_BEFORE', ...BE32, unit: 'raw', since: '2.6' },
  offsetAfter: { attribute: 3, cName: 'CTA_SEQADJ_OFFSET_AFTER', ...BE32, unit: 'raw', since: '2.6' },
});

/** Table of the attributes in CTA_SYNPROXY. */
export const SYNPROXY: AttributeTable<SynproxyInfo> = defineAttributes<SynproxyInfo>({
  initialSeq: { attribute: 1, cName: 'CTA_SYNPROXY_ISN', ...BE32, unit: 'id', since: '4.18' },
  initialTimestamp: { attribute: 2, cName: 'CTA_SYNPROXY_ITS', ...BE32, unit: 'raw', since: '4.18' },
  timestampOffset: { attribute: 3, cName: 'CTA_SYNPROXY_TSOFF', ...BE32, unit: 'raw', since: '4.18' },
});
