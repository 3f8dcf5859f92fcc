import { AF_INET, AF_INET6, parseAddress } from '../netlink/index.js';
import { be16Payload, type OutgoingAttribute, u8Payload } from './attribute-writer.js';
import {
  CTA_IP_V4_DST,
  CTA_IP_V4_SRC,
  CTA_IP_V6_DST,
  CTA_IP_V6_SRC,
  CTA_PROTO_DST_PORT,
  CTA_PROTO_ICMP_CODE,
  CTA_PROTO_ICMP_ID,
  CTA_PROTO_ICMP_TYPE,
  CTA_PROTO_ICMPV6_CODE,
  CTA_PROTO_ICMPV6_ID,
  CTA_PROTO_ICMPV6_TYPE,
  CTA_PROTO_NUM,
  CTA_PROTO_SRC_PORT,
  CTA_TUPLE_IP,
  CTA_TUPLE_PROTO,
  CTA_TUPLE_ZONE,
} from './constants.js';
import { IPPROTO_ICMPV6 } from './protocol.js';
import type { FlowFamily, Tuple } from './tuple.js';

const V4 = { src: CTA_IP_V4_SRC, dst: CTA_IP_V4_DST } as const;
const V6 = { src: CTA_IP_V6_SRC, dst: CTA_IP_V6_DST } as const;
const ICMP = { id: CTA_PROTO_ICMP_ID, type: CTA_PROTO_ICMP_TYPE, code: CTA_PROTO_ICMP_CODE } as const;
const ICMPV6 = { id: CTA_PROTO_ICMPV6_ID, type: CTA_PROTO_ICMPV6_TYPE, code: CTA_PROTO_ICMPV6_CODE } as const;
const IPV4_BYTES = 4;
const IPV4_MAPPED_PREFIX = 12;

/**
 * Returns the attributes in a tuple; members that are absent are left out.
 * @throws RangeError for an address of another family
 */
export function tupleAttributes(family: FlowFamily, tuple: Partial<Tuple>): OutgoingAttribute[] {
  const names = family === AF_INET ? V4 : V6;
  const addresses: OutgoingAttribute[] = [];
  if (tuple.src !== undefined) addresses.push([names.src, addressPayload(tuple.src, family)]);
  if (tuple.dst !== undefined) addresses.push([names.dst, addressPayload(tuple.dst, family)]);
  const out: OutgoingAttribute[] = [];
  if (addresses.length > 0) out.push([CTA_TUPLE_IP, addresses]);
  const protocol = protocolAttributes(tuple);
  if (protocol.length > 0) out.push([CTA_TUPLE_PROTO, protocol]);
  if (tuple.zone !== undefined) out.push([CTA_TUPLE_ZONE, be16Payload(tuple.zone)]);
  return out;
}

function protocolAttributes({
  protocol,
  sport,
  dport,
  icmpId,
  icmpType,
  icmpCode,
}: Partial<Tuple>): OutgoingAttribute[] {
  const out: OutgoingAttribute[] = [];
  const icmp = protocol === IPPROTO_ICMPV6 ? ICMPV6 : ICMP;
  if (protocol !== undefined) out.push([CTA_PROTO_NUM, u8Payload(protocol)]);
  if (sport !== undefined) out.push([CTA_PROTO_SRC_PORT, be16Payload(sport)]);
  if (dport !== undefined) out.push([CTA_PROTO_DST_PORT, be16Payload(dport)]);
  if (icmpId !== undefined) out.push([icmp.id, be16Payload(icmpId)]);
  if (icmpType !== undefined) out.push([icmp.type, u8Payload(icmpType)]);
  if (icmpCode !== undefined) out.push([icmp.code, u8Payload(icmpCode)]);
  return out;
}

/**
 * Returns the bytes of an address in a message: 4 or 16.
 * @throws RangeError for a text that is no address of the family
 */
export function addressPayload(text: string, family: FlowFamily): Uint8Array {
  const address = parseAddress(text);
  if (address?.family === family) return family === AF_INET ? address.bytes.slice(0, IPV4_BYTES) : address.bytes;
  // An IPv4-mapped address of an IPv6 flow is shown as IPv4.
  if (family === AF_INET6 && address?.family === AF_INET) {
    const bytes = new Uint8Array(16).fill(0xff, 10, IPV4_MAPPED_PREFIX);
    bytes.set(address.bytes.subarray(0, IPV4_BYTES), IPV4_MAPPED_PREFIX);
    return bytes;
  }
  throw new RangeError(`${text} is no address of family ${family}`);
}
