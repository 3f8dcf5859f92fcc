/** Tuple of one direction of a flow: CTA_TUPLE_ORIG, CTA_TUPLE_REPLY and CTA_TUPLE_MASTER. */
import { AF_INET, AF_INET6, type AttributeTable, defineAttributes } from '../netlink/index.js';
import {
  CTA_PROTO_DST_PORT,
  CTA_PROTO_ICMP_CODE,
  CTA_PROTO_ICMP_ID,
  CTA_PROTO_ICMP_TYPE,
  CTA_PROTO_ICMPV6_CODE,
  CTA_PROTO_ICMPV6_ID,
  CTA_PROTO_ICMPV6_TYPE,
  CTA_PROTO_NUM,
  CTA_PROTO_SRC_PORT,
} from './constants.js';

/** Protocol of a tuple, and its ports or identifiers. */
export interface TupleProtocol {
  /** IP protocol. */
  readonly protocol: number;
  /** Source port; only for protocols with ports. */
  readonly sport?: number;
  /** Destination port; only for protocols with ports. */
  readonly dport?: number;
  /** Identifier of an ICMP or ICMPv6 message. */
  readonly icmpId?: number;
  /** Type of an ICMP or ICMPv6 message. */
  readonly icmpType?: number;
  /** Code of an ICMP or ICMPv6 message. */
  readonly icmpCode?: number;
}

/** Tuple of one direction: the packets that belong to it. */
export interface Tuple extends TupleProtocol {
  /** Source address as a text. */
  readonly src: string;
  /** Destination address as a text. */
  readonly dst: string;
  /** Zone of this direction alone; absent if the zone is of both directions. */
  readonly zone?: number;
}

/** Address family of a flow. */
export type FlowFamily = typeof AF_INET | typeof AF_INET6;

const U8 = { offset: 0, size: 1, kind: 'u8', since: '2.6' } as const;
const BE16 = { offset: 0, size: 2, kind: 'be16', since: '2.6' } as const;

/** Table of the attributes in CTA_TUPLE_PROTO, except those of ICMPv6. */
export const TUPLE_PROTO: AttributeTable<TupleProtocol> = defineAttributes<TupleProtocol>({
  protocol: { attribute: CTA_PROTO_NUM, cName: 'CTA_PROTO_NUM', ...U8, unit: 'enum' },
  sport: { attribute: CTA_PROTO_SRC_PORT, cName: 'CTA_PROTO_SRC_PORT', ...BE16, unit: 'id' },
  dport: { attribute: CTA_PROTO_DST_PORT, cName: 'CTA_PROTO_DST_PORT', ...BE16, unit: 'id' },
  icmpId: { attribute: CTA_PROTO_ICMP_ID, cName: 'CTA_PROTO_ICMP_ID', ...BE16, unit: 'id' },
  icmpType: { attribute: CTA_PROTO_ICMP_TYPE, cName: 'CTA_PROTO_ICMP_TYPE', ...U8, unit: 'enum' },
  icmpCode: { attribute: CTA_PROTO_ICMP_CODE, cName: 'CTA_PROTO_ICMP_CODE', ...U8, unit: 'enum' },
});

/** Values of the attributes of ICMPv6. */
type Icmpv6Fields = Pick<TupleProtocol, 'icmpId' | 'icmpType' | 'icmpCode'>;

/** Table of the attributes of ICMPv6 in CTA_TUPLE_PROTO. */
export const TUPLE_PROTO_ICMPV6: AttributeTable<Icmpv6Fields> = defineAttributes<Icmpv6Fields>({
  icmpId: { attribute: CTA_PROTO_ICMPV6_ID, cName: 'CTA_PROTO_ICMPV6_ID', ...BE16, unit: 'id' },
  icmpType: { attribute: CTA_PROTO_ICMPV6_TYPE, cName: 'CTA_PROTO_ICMPV6_TYPE', ...U8, unit: 'enum' },
  icmpCode: { attribute: CTA_PROTO_ICMPV6_CODE, cName: 'CTA_PROTO_ICMPV6_CODE', ...U8, unit: 'enum' },
});

/** Returns a key to compare tuples by: equal for tuples of equal values. */
export function tupleKey(tuple: Tuple): string {
  const { src, dst, protocol, sport = '', dport = '', zone = '' } = tuple;
  const ports = `${protocol} ${src} ${sport} ${dst} ${dport} ${zone}`;
  if (tuple.icmpId === undefined) return ports;
  return `${ports} ${tuple.icmpId} ${tuple.icmpType ?? ''} ${tuple.icmpCode ?? ''}`;
}

/** Name of an address family in JSON and expressions: `ipv4`, `ipv6`, or its number. */
export function familyName(family: number): string {
  if (family === AF_INET) return 'ipv4';
  return family === AF_INET6 ? 'ipv6' : String(family);
}
