import { AF_INET, AF_INET6, type AttributeWalker, DecodeError } from '../netlink/index.js';
import * as cta from './constants.js';
import {
  type DccpFlowInfo,
  type Flow,
  type FlowCounters,
  type FlowTimes,
  PROTOINFO_DCCP,
  PROTOINFO_SCTP,
  type SctpFlowInfo,
  SEQ_ADJ,
  type SeqAdjustment,
  SYNPROXY,
  type SynproxyInfo,
  type TcpFlowInfo,
} from './flow.js';
import { type ConntrackHeader, eventKindOf, type FlowEvent, readHeaderOf } from './message.js';
import { NestReader } from './nest-reader.js';
import { be16, be32, be64, counter, ipv4, ipv6, nameOf, u8 } from './payload.js';
import {
  CPU_STATISTICS,
  type CpuCounters,
  type CpuStatistics,
  TABLE_STATISTICS,
  type TableStatistics,
} from './statistics.js';
import type { Tuple } from './tuple.js';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * Decoder of messages of connection tracking. Every method throws a `DecodeError` for bytes that are not such a message:
 * `ERR_TRUNCATED`, `ERR_MESSAGE_TYPE`, `ERR_ATTRIBUTE_LENGTH`, `ERR_FAMILY`, `ERR_NESTING` or `ERR_MISSING`. Its `at` is
 * an offset in the given bytes.
 */
export class ConntrackDecoder {
  readonly #nests = new NestReader();

  /** Number of skipped attributes by their numbers from the outermost to the innermost, such as `29` or `4.1.7`; 256 and `others`. */
  get unknownAttributes(): ReadonlyMap<string, number> {
    return this.#nests.unknown;
  }

  /** Decodes the flow in an answer or an event that begins at `at`. */
  flow(bytes: Uint8Array, at = 0): Flow {
    return this.#flow(bytes, readHeaderOf(bytes, at, cta.IPCTNL_MSG_CT_NEW, cta.IPCTNL_MSG_CT_DELETE));
  }

  /** Decodes an event that begins at `at`. */
  event(bytes: Uint8Array, at = 0): FlowEvent {
    const header = readHeaderOf(bytes, at, cta.IPCTNL_MSG_CT_NEW, cta.IPCTNL_MSG_CT_DELETE);
    const kind = eventKindOf(header);
    return { kind, flow: this.#flow(bytes, header), portId: kind === 'destroy' ? header.portId : 0 };
  }

  /** Decodes statistics of one CPU. */
  cpuStatistics(bytes: Uint8Array, at = 0): CpuStatistics {
    const header = readHeaderOf(bytes, at, cta.IPCTNL_MSG_CT_GET_STATS_CPU);
    const counters = this.#nests.table<CpuCounters>({}, CPU_STATISTICS, bytes, header.attributes, header.end, '', 0);
    return { cpu: header.resId, ...counters };
  }

  /** Decodes the number of flows in the table. */
  tableStatistics(bytes: Uint8Array, at = 0): TableStatistics {
    const header = readHeaderOf(bytes, at, cta.IPCTNL_MSG_CT_GET_STATS);
    return this.#nests.table<TableStatistics>({}, TABLE_STATISTICS, bytes, header.attributes, header.end, '', 0);
  }

  #flow(bytes: Uint8Array, { family, attributes, end }: ConntrackHeader): Flow {
    if (family !== AF_INET && family !== AF_INET6) {
      throw new DecodeError(`nfgenmsg: family ${family}`, { code: 'ERR_FAMILY', at: attributes - 4 });
    }
    const flow: Mutable<Partial<Flow>> = { family };
    const walker = this.#nests.walk(bytes, attributes, end, 0);
    while (walker.next()) this.#attribute(flow, bytes, walker);
    if (flow.orig === undefined || flow.reply === undefined) {
      throw new DecodeError('flow: tuple missing', { code: 'ERR_MISSING', at: end });
    }
    return flow as Flow;
  }

  /** Integers are read here, and not by the table of attributes, because every flow of a dump has them. */
  #attribute(flow: Mutable<Partial<Flow>>, bytes: Uint8Array, walker: AttributeWalker): void {
    const { type, start, end } = walker;
    switch (type) {
      case cta.CTA_STATUS:
        flow.status = be32(bytes, start, end);
        break;
      case cta.CTA_TIMEOUT:
        flow.timeoutSec = be32(bytes, start, end);
        break;
      case cta.CTA_MARK:
        flow.mark = be32(bytes, start, end);
        break;
      case cta.CTA_USE:
        flow.useCount = be32(bytes, start, end);
        break;
      case cta.CTA_ID:
        flow.id = be32(bytes, start, end);
        break;
      case cta.CTA_ZONE:
        flow.zone = be16(bytes, start, end);
        break;
      case cta.CTA_TIMESTAMP_EVENT:
        flow.eventTimeNs = be64(bytes, start, end);
        break;
      case cta.CTA_TUPLE_ORIG:
        flow.orig = this.#tuple(bytes, start, end, type);
        break;
      case cta.CTA_TUPLE_REPLY:
        flow.reply = this.#tuple(bytes, start, end, type);
        break;
      case cta.CTA_TUPLE_MASTER:
        flow.master = this.#tuple(bytes, start, end, type);
        break;
      case cta.CTA_PROTOINFO:
        this.#protocolState(flow, bytes, start, end);
        break;
      case cta.CTA_COUNTERS_ORIG:
        flow.origCounters = this.#counters(bytes, start, end, type);
        break;
      case cta.CTA_COUNTERS_REPLY:
        flow.replyCounters = this.#counters(bytes, start, end, type);
        break;
      case cta.CTA_TIMESTAMP:
        this.#times(flow, bytes, start, end);
        break;
      case cta.CTA_HELP:
        flow.helper = this.#name(bytes, start, end, type, cta.CTA_HELP_NAME);
        break;
      case cta.CTA_SECCTX:
        flow.secctx = this.#name(bytes, start, end, type, cta.CTA_SECCTX_NAME);
        break;
      case cta.CTA_SEQ_ADJ_ORIG:
        flow.seqAdjOrig = this.#nests.table<SeqAdjustment>({}, SEQ_ADJ, bytes, start, end, type, 1);
        break;
      case cta.CTA_SEQ_ADJ_REPLY:
        flow.seqAdjReply = this.#nests.table<SeqAdjustment>({}, SEQ_ADJ, bytes, start, end, type, 1);
        break;
      case cta.CTA_SYNPROXY:
        flow.synproxy = this.#nests.table<SynproxyInfo>({}, SYNPROXY, bytes, start, end, type, 1);
        break;
      case cta.CTA_LABELS:
        flow.labels = new Uint8Array(bytes.subarray(start, end));
        break;
      default:
        this.#nests.skip(bytes, walker, type, 0);
    }
  }

  #tuple(bytes: Uint8Array, start: number, end: number, path: number): Tuple {
    const tuple: Mutable<Partial<Tuple>> = {};
    const walker = this.#nests.walk(bytes, start, end, 1);
    while (walker.next()) {
      if (walker.type === cta.CTA_TUPLE_IP) this.#addresses(tuple, bytes, walker.start, walker.end, path);
      else if (walker.type === cta.CTA_TUPLE_PROTO) this.#ports(tuple, bytes, walker.start, walker.end, path);
      else if (walker.type === cta.CTA_TUPLE_ZONE) tuple.zone = be16(bytes, walker.start, walker.end);
      else this.#nests.skip(bytes, walker, `${path}.${walker.type}`, 1);
    }
    if (tuple.src === undefined || tuple.dst === undefined || tuple.protocol === undefined) {
      throw new DecodeError('tuple: address or protocol missing', { code: 'ERR_MISSING', at: end });
    }
    return tuple as Tuple;
  }

  #addresses(tuple: Mutable<Partial<Tuple>>, bytes: Uint8Array, start: number, end: number, path: number): void {
    const walker = this.#nests.walk(bytes, start, end, 2);
    while (walker.next()) {
      const { type } = walker;
      if (type === cta.CTA_IP_V4_SRC) tuple.src = ipv4(bytes, walker.start, walker.end);
      else if (type === cta.CTA_IP_V4_DST) tuple.dst = ipv4(bytes, walker.start, walker.end);
      else if (type === cta.CTA_IP_V6_SRC) tuple.src = ipv6(bytes, walker.start, walker.end);
      else if (type === cta.CTA_IP_V6_DST) tuple.dst = ipv6(bytes, walker.start, walker.end);
      else this.#nests.skip(bytes, walker, `${path}.${cta.CTA_TUPLE_IP}.${type}`, 2);
    }
  }

  #ports(tuple: Mutable<Partial<Tuple>>, bytes: Uint8Array, start: number, end: number, path: number): void {
    const walker = this.#nests.walk(bytes, start, end, 2);
    while (walker.next()) {
      const { type, start, end } = walker;
      switch (type) {
        case cta.CTA_PROTO_NUM:
          tuple.protocol = u8(bytes, start, end);
          break;
        case cta.CTA_PROTO_SRC_PORT:
          tuple.sport = be16(bytes, start, end);
          break;
        case cta.CTA_PROTO_DST_PORT:
          tuple.dport = be16(bytes, start, end);
          break;
        case cta.CTA_PROTO_ICMP_ID:
        case cta.CTA_PROTO_ICMPV6_ID:
          tuple.icmpId = be16(bytes, start, end);
          break;
        case cta.CTA_PROTO_ICMP_TYPE:
        case cta.CTA_PROTO_ICMPV6_TYPE:
          tuple.icmpType = u8(bytes, start, end);
          break;
        case cta.CTA_PROTO_ICMP_CODE:
        case cta.CTA_PROTO_ICMPV6_CODE:
          tuple.icmpCode = u8(bytes, start, end);
          break;
        default:
          this.#nests.skip(bytes, walker, `${path}.${cta.CTA_TUPLE_PROTO}.${type}`, 2);
      }
    }
  }

  #protocolState(flow: Mutable<Partial<Flow>>, bytes: Uint8Array, start: number, end: number): void {
    const walker = this.#nests.walk(bytes, start, end, 1);
    while (walker.next()) {
      const { type, start, end } = walker;
      if (type === cta.CTA_PROTOINFO_TCP) {
        flow.tcp = this.#tcpState(bytes, start, end);
        continue;
      }
      const path = `${cta.CTA_PROTOINFO}.${type}`;
      if (type === cta.CTA_PROTOINFO_SCTP) {
        flow.sctp = this.#nests.table<SctpFlowInfo>({}, PROTOINFO_SCTP, bytes, start, end, path, 2);
      } else if (type === cta.CTA_PROTOINFO_DCCP) {
        flow.dccp = this.#nests.table<DccpFlowInfo>(
          {},
          PROTOINFO_DCCP,
          bytes,
          start,
          end,
          path,
          2,
          cta.CTA_PROTOINFO_DCCP_PAD,
        );
      } else this.#nests.skip(bytes, walker, path, 1);
    }
  }

  #tcpState(bytes: Uint8Array, start: number, end: number): TcpFlowInfo {
    const tcp: Mutable<TcpFlowInfo> = {};
    const walker = this.#nests.walk(bytes, start, end, 2);
    while (walker.next()) {
      const { type, start, end } = walker;
      switch (type) {
        case cta.CTA_PROTOINFO_TCP_STATE:
          tcp.state = u8(bytes, start, end);
          break;
        case cta.CTA_PROTOINFO_TCP_WSCALE_ORIGINAL:
          tcp.windowScaleOrig = u8(bytes, start, end);
          break;
        case cta.CTA_PROTOINFO_TCP_WSCALE_REPLY:
          tcp.windowScaleReply = u8(bytes, start, end);
          break;
        case cta.CTA_PROTOINFO_TCP_FLAGS_ORIGINAL:
          tcp.flagsOrig = u8(bytes, start, end);
          tcp.maskOrig = u8(bytes, start + 1, end);
          break;
        case cta.CTA_PROTOINFO_TCP_FLAGS_REPLY:
          tcp.flagsReply = u8(bytes, start, end);
          tcp.maskReply = u8(bytes, start + 1, end);
          break;
        default:
          this.#nests.skip(bytes, walker, `${cta.CTA_PROTOINFO}.${cta.CTA_PROTOINFO_TCP}.${type}`, 2);
      }
    }
    return tcp;
  }

  #counters(bytes: Uint8Array, start: number, end: number, path: number): FlowCounters {
    const counters: Mutable<FlowCounters> = {};
    const walker = this.#nests.walk(bytes, start, end, 1);
    while (walker.next()) {
      const { type, start, end } = walker;
      if (type === cta.CTA_COUNTERS_PAD) continue;
      const value =
        type === cta.CTA_COUNTERS_PACKETS || type === cta.CTA_COUNTERS_BYTES ? counter(bytes, start, end) : -1;
      if (value < 0) this.#nests.skip(bytes, walker, `${path}.${type}`, 1);
      else if (type === cta.CTA_COUNTERS_PACKETS) counters.packets = value;
      else counters.bytes = value;
    }
    return counters;
  }

  #times(flow: Mutable<FlowTimes>, bytes: Uint8Array, start: number, end: number): void {
    const walker = this.#nests.walk(bytes, start, end, 1);
    while (walker.next()) {
      const { type, start, end } = walker;
      if (type === cta.CTA_TIMESTAMP_START) flow.startTimeNs = be64(bytes, start, end);
      else if (type === cta.CTA_TIMESTAMP_STOP) flow.stopTimeNs = be64(bytes, start, end);
      else if (type !== cta.CTA_TIMESTAMP_PAD) this.#nests.skip(bytes, walker, `${cta.CTA_TIMESTAMP}.${type}`, 1);
    }
  }

  #name(bytes: Uint8Array, start: number, end: number, path: number, attribute: number): string {
    let name = '';
    const walker = this.#nests.walk(bytes, start, end, 1);
    while (walker.next()) {
      if (walker.type === attribute) name = nameOf(bytes, walker.start, walker.end);
      else if (walker.type !== cta.CTA_HELP_INFO) this.#nests.skip(bytes, walker, `${path}.${walker.type}`, 1);
    }
    return name;
  }
}
