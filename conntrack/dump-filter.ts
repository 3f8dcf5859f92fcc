/** Filters of a dump that the kernel applies. Older kernels ignore what they do not know: always filter again. */
import { AF_INET6, AF_UNSPEC } from '../netlink/index.js';
import { be16Payload, be32Payload, hostU32Payload, type OutgoingAttribute } from './attribute-writer.js';
import {
  CTA_FILTER,
  CTA_FILTER_F_CTA_IP_DST,
  CTA_FILTER_F_CTA_IP_SRC,
  CTA_FILTER_F_CTA_PROTO_DST_PORT,
  CTA_FILTER_F_CTA_PROTO_NUM,
  CTA_FILTER_F_CTA_PROTO_SRC_PORT,
  CTA_FILTER_ORIG_FLAGS,
  CTA_FILTER_REPLY_FLAGS,
  CTA_MARK,
  CTA_MARK_MASK,
  CTA_STATUS,
  CTA_STATUS_MASK,
  CTA_TUPLE_ORIG,
  CTA_TUPLE_REPLY,
  CTA_ZONE,
} from './constants.js';
import type { FlowFamily, Tuple } from './tuple.js';
import { tupleAttributes } from './tuple-attributes.js';

/**
 * Parts of one direction's tuple that must be equal. Ports need the protocol. Addresses are of IPv4: in an IPv6 filter
 * Linux (5.8 to 6.18 at least) keeps the flows whose address is not equal.
 */
export type TupleFilter = Partial<Pick<Tuple, 'src' | 'dst' | 'protocol' | 'sport' | 'dport'>>;

/** Value whose bits in the mask must be equal. */
export interface MaskedValue {
  readonly value: number;
  readonly mask: number;
}

/** Conditions on the flows of a dump; all of them must hold. */
export interface DumpFilter {
  /** Absent: both families. Conditions on a tuple need one. */
  readonly family?: FlowFamily;
  /** Since Linux 5.8. */
  readonly orig?: TupleFilter;
  /** Since Linux 5.8. */
  readonly reply?: TupleFilter;
  /** Since Linux 5.15. */
  readonly status?: MaskedValue;
  readonly mark?: MaskedValue;
  /** Since Linux 6.8. */
  readonly zone?: number;
}

/** Returns the value of `nfgen_family` of a filter. */
export function filterFamily({ family }: DumpFilter): number {
  return family ?? AF_UNSPEC;
}

/**
 * Returns the attributes of a filter.
 * @throws RangeError for conditions that the kernel refuses or gets wrong: a tuple without a family, a port without a
 *   protocol, an address of IPv6
 */
export function filterAttributes({ family, orig, reply, status, mark, zone }: DumpFilter): OutgoingAttribute[] {
  const out: OutgoingAttribute[] = [];
  if (orig !== undefined || reply !== undefined) {
    if (family === undefined) throw new RangeError('filter by tuple without a family');
    if (family === AF_INET6 && [orig, reply].some((tuple) => tuple?.src !== undefined || tuple?.dst !== undefined)) {
      throw new RangeError('filter by IPv6 address: the kernel would keep all others');
    }
    if (orig !== undefined) out.push([CTA_TUPLE_ORIG, tupleAttributes(family, orig)]);
    if (reply !== undefined) out.push([CTA_TUPLE_REPLY, tupleAttributes(family, reply)]);
    const flags: OutgoingAttribute[] = [
      [CTA_FILTER_ORIG_FLAGS, hostU32Payload(flagsOf(orig ?? {}))],
      [CTA_FILTER_REPLY_FLAGS, hostU32Payload(flagsOf(reply ?? {}))],
    ];
    out.push([CTA_FILTER, flags]);
  }
  if (status !== undefined) {
    out.push([CTA_STATUS, be32Payload(status.value)], [CTA_STATUS_MASK, be32Payload(status.mask)]);
  }
  if (mark !== undefined) out.push([CTA_MARK, be32Payload(mark.value)], [CTA_MARK_MASK, be32Payload(mark.mask)]);
  if (zone !== undefined) out.push([CTA_ZONE, be16Payload(zone)]);
  return out;
}

function flagsOf({ src, dst, protocol, sport, dport }: TupleFilter): number {
  if (protocol === undefined && (sport !== undefined || dport !== undefined)) {
    throw new RangeError('filter by port without a protocol');
  }
  return (
    (src === undefined ? 0 : CTA_FILTER_F_CTA_IP_SRC) |
    (dst === undefined ? 0 : CTA_FILTER_F_CTA_IP_DST) |
    (protocol === undefined ? 0 : CTA_FILTER_F_CTA_PROTO_NUM) |
    (sport === undefined ? 0 : CTA_FILTER_F_CTA_PROTO_SRC_PORT) |
    (dport === undefined ? 0 : CTA_FILTER_F_CTA_PROTO_DST_PORT)
  );
}
