import { AF_INET, AttributeWalker } from '../../netlink/index.js';
import * as cta from '../constants.js';
import { CONNTRACK_HEADER_SIZE } from '../message.js';

/** Offset of a value that a message does not have. */
export const ABSENT = -1;

/** Offsets of a direction's values. Ports are both there or both absent. */
export interface TupleLayout {
  readonly src: number;
  readonly dst: number;
  readonly sport: number;
  readonly dport: number;
  readonly protocol: number;
  readonly packets: number;
  readonly bytes: number;
}

/**
 * Places of a message's values, as offsets from its start. The kernel writes the attributes of flows in the same order
 * and with the same lengths, so a few layouts hold for all messages of a table.
 */
export interface FlowLayout {
  /** Offsets of the words that all messages of this layout have in common: lengths and types, in the message's order. */
  readonly frameAt: Int32Array;
  readonly frame: Int32Array;
  /** Pairs (offset, length) of the bytes that a flow's identity is made of, besides its id. */
  readonly identity: Uint32Array;
  /** Undefined if a message of this layout has values that few flows have. */
  readonly places: FlowPlaces | undefined;
}

/** Places of the values that most flows have; {@link ABSENT} for those that are missing. */
export interface FlowPlaces {
  readonly isIpv4: boolean;
  readonly orig: TupleLayout;
  readonly reply: TupleLayout;
  readonly id: number;
  readonly status: number;
  readonly zone: number;
  readonly timeout: number;
  readonly mark: number;
  readonly use: number;
  readonly eventTime: number;
  readonly startTime: number;
  readonly stopTime: number;
  readonly tcpState: number;
  readonly scaleOrig: number;
  readonly scaleReply: number;
  readonly flagsOrig: number;
  readonly flagsReply: number;
  readonly synproxy: readonly [number, number, number];
}

const [ORIG, REPLY] = [cta.CTA_TUPLE_ORIG, cta.CTA_TUPLE_REPLY];
const [TCP_STATE, TIMESTAMP] = [`${cta.CTA_PROTOINFO}.${cta.CTA_PROTOINFO_TCP}`, cta.CTA_TIMESTAMP];
const SYNPROXY_WORDS = [1, 2, 3] as const;

/** Attributes that consist of attributes, by their numbers from the outermost to the innermost. */
const NESTS: ReadonlySet<string> = new Set([
  ...[ORIG, REPLY].flatMap((tuple) => [`${tuple}`, `${tuple}.${cta.CTA_TUPLE_IP}`, `${tuple}.${cta.CTA_TUPLE_PROTO}`]),
  `${cta.CTA_PROTOINFO}`,
  TCP_STATE,
  `${cta.CTA_COUNTERS_ORIG}`,
  `${cta.CTA_COUNTERS_REPLY}`,
  `${TIMESTAMP}`,
  `${cta.CTA_SYNPROXY}`,
]);

/** Lengths of attributes with one value. */
const LENGTHS: ReadonlyMap<string, number> = new Map([
  ...[ORIG, REPLY].flatMap((tuple): [string, number][] => [
    [`${tuple}.${cta.CTA_TUPLE_IP}.${cta.CTA_IP_V4_SRC}`, 4],
    [`${tuple}.${cta.CTA_TUPLE_IP}.${cta.CTA_IP_V4_DST}`, 4],
    [`${tuple}.${cta.CTA_TUPLE_IP}.${cta.CTA_IP_V6_SRC}`, 16],
    [`${tuple}.${cta.CTA_TUPLE_IP}.${cta.CTA_IP_V6_DST}`, 16],
    [`${tuple}.${cta.CTA_TUPLE_PROTO}.${cta.CTA_PROTO_NUM}`, 1],
    [`${tuple}.${cta.CTA_TUPLE_PROTO}.${cta.CTA_PROTO_SRC_PORT}`, 2],
    [`${tuple}.${cta.CTA_TUPLE_PROTO}.${cta.CTA_PROTO_DST_PORT}`, 2],
  ]),
  ...[cta.CTA_STATUS, cta.CTA_TIMEOUT, cta.CTA_MARK, cta.CTA_USE, cta.CTA_ID].map((type): [string, number] => [
    `${type}`,
    4,
  ]),
  [`${cta.CTA_ZONE}`, 2],
  [`${cta.CTA_TIMESTAMP_EVENT}`, 8],
  ...[cta.CTA_COUNTERS_ORIG, cta.CTA_COUNTERS_REPLY].flatMap((counters): [string, number][] => [
    [`${counters}.${cta.CTA_COUNTERS_PACKETS}`, 8],
    [`${counters}.${cta.CTA_COUNTERS_BYTES}`, 8],
    [`${counters}.${cta.CTA_COUNTERS_PAD}`, 0],
  ]),
  [`${TIMESTAMP}.${cta.CTA_TIMESTAMP_START}`, 8],
  [`${TIMESTAMP}.${cta.CTA_TIMESTAMP_STOP}`, 8],
  [`${TIMESTAMP}.${cta.CTA_TIMESTAMP_PAD}`, 0],
  [`${TCP_STATE}.${cta.CTA_PROTOINFO_TCP_STATE}`, 1],
  [`${TCP_STATE}.${cta.CTA_PROTOINFO_TCP_WSCALE_ORIGINAL}`, 1],
  [`${TCP_STATE}.${cta.CTA_PROTOINFO_TCP_WSCALE_REPLY}`, 1],
  [`${TCP_STATE}.${cta.CTA_PROTOINFO_TCP_FLAGS_ORIGINAL}`, 2],
  [`${TCP_STATE}.${cta.CTA_PROTOINFO_TCP_FLAGS_REPLY}`, 2],
  ...SYNPROXY_WORDS.map((type): [string, number] => [`${cta.CTA_SYNPROXY}.${type}`, 4]),
]);

/** Addresses of the other family. */
const OTHER_ADDRESSES = {
  ipv4: namesOfAddresses(cta.CTA_IP_V6_SRC, cta.CTA_IP_V6_DST),
  ipv6: namesOfAddresses(cta.CTA_IP_V4_SRC, cta.CTA_IP_V4_DST),
};

function namesOfAddresses(...types: readonly number[]): string[] {
  return [ORIG, REPLY].flatMap((tuple) => types.map((type) => `${tuple}.${cta.CTA_TUPLE_IP}.${type}`));
}

/** Words of the header that tell layouts apart: length, type and flags, `struct nfgenmsg`. */
const HEADER_WORDS = [0, 4, 16];
const FAMILY_AT = 16;

/** Learns the layout of a message that a decoder has decoded, so that its attributes are whole. */
export function learnLayout(message: Uint8Array): FlowLayout {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const frameAt = [...HEADER_WORDS];
  const identity: number[] = [];
  const found = new Map<string, number>();
  let isPlain = true;
  const walk = (start: number, end: number, path: string): void => {
    const walker = new AttributeWalker();
    walker.reset(message, start, end);
    while (walker.next()) {
      const name = path === '' ? `${walker.type}` : `${path}.${walker.type}`;
      frameAt.push(walker.start - 4);
      if (NESTS.has(name)) walk(walker.start, walker.end, name);
      else if (LENGTHS.get(name) !== walker.end - walker.start) isPlain = false;
      isPlain &&= !found.has(name) || LENGTHS.get(name) === 0;
      found.set(name, walker.start);
      if (name === `${ORIG}` || name === `${cta.CTA_ZONE}`) identity.push(walker.start, walker.end - walker.start);
    }
  };
  walk(CONNTRACK_HEADER_SIZE, message.length, '');
  const frame = Int32Array.from(frameAt, (at) => view.getInt32(at, true));
  const places = isPlain ? placesOf(found, message[FAMILY_AT] === AF_INET) : undefined;
  return { frameAt: Int32Array.from(frameAt), frame, identity: Uint32Array.from(identity), places };
}

/** Returns whether a message has a layout. The first word, its length, must have been tested. */
export function hasLayout({ frameAt, frame }: FlowLayout, view: DataView, at: number): boolean {
  const { length } = frameAt;
  for (let i = 0; i < length; i++) if (view.getInt32(at + (frameAt[i] ?? 0), true) !== frame[i]) return false;
  return true;
}

function placesOf(found: ReadonlyMap<string, number>, isIpv4: boolean): FlowPlaces | undefined {
  const at = (...path: readonly (number | string)[]): number => found.get(path.join('.')) ?? ABSENT;
  const tuple = (type: number, counters: number): TupleLayout => ({
    src: at(type, cta.CTA_TUPLE_IP, isIpv4 ? cta.CTA_IP_V4_SRC : cta.CTA_IP_V6_SRC),
    dst: at(type, cta.CTA_TUPLE_IP, isIpv4 ? cta.CTA_IP_V4_DST : cta.CTA_IP_V6_DST),
    sport: at(type, cta.CTA_TUPLE_PROTO, cta.CTA_PROTO_SRC_PORT),
    dport: at(type, cta.CTA_TUPLE_PROTO, cta.CTA_PROTO_DST_PORT),
    protocol: at(type, cta.CTA_TUPLE_PROTO, cta.CTA_PROTO_NUM),
    packets: at(counters, cta.CTA_COUNTERS_PACKETS),
    bytes: at(counters, cta.CTA_COUNTERS_BYTES),
  });
  const [orig, reply] = [tuple(ORIG, cta.CTA_COUNTERS_ORIG), tuple(REPLY, cta.CTA_COUNTERS_REPLY)];
  const id = at(cta.CTA_ID);
  const hasOthers = OTHER_ADDRESSES[isIpv4 ? 'ipv4' : 'ipv6'].some((name) => found.has(name));
  if (id === ABSENT || hasOthers || !isWhole(orig) || !isWhole(reply)) return undefined;
  return {
    isIpv4,
    orig,
    reply,
    id,
    status: at(cta.CTA_STATUS),
    zone: at(cta.CTA_ZONE),
    timeout: at(cta.CTA_TIMEOUT),
    mark: at(cta.CTA_MARK),
    use: at(cta.CTA_USE),
    eventTime: at(cta.CTA_TIMESTAMP_EVENT),
    startTime: at(TIMESTAMP, cta.CTA_TIMESTAMP_START),
    stopTime: at(TIMESTAMP, cta.CTA_TIMESTAMP_STOP),
    tcpState: at(TCP_STATE, cta.CTA_PROTOINFO_TCP_STATE),
    scaleOrig: at(TCP_STATE, cta.CTA_PROTOINFO_TCP_WSCALE_ORIGINAL),
    scaleReply: at(TCP_STATE, cta.CTA_PROTOINFO_TCP_WSCALE_REPLY),
    flagsOrig: at(TCP_STATE, cta.CTA_PROTOINFO_TCP_FLAGS_ORIGINAL),
    flagsReply: at(TCP_STATE, cta.CTA_PROTOINFO_TCP_FLAGS_REPLY),
    synproxy: [at(cta.CTA_SYNPROXY, 1), at(cta.CTA_SYNPROXY, 2), at(cta.CTA_SYNPROXY, 3)],
  };
}

function isWhole({ src, dst, sport, dport, protocol }: TupleLayout): boolean {
  return src !== ABSENT && dst !== ABSENT && protocol !== ABSENT && (sport === ABSENT) === (dport === ABSENT);
}
