/**
 * Rules and routes of policy routing: struct fib_rule_hdr — include/uapi/linux/fib_rules.h, 12 bytes; struct rtmsg —
 * include/uapi/linux/rtnetlink.h, 12 bytes.
 */

import type { InetAddress } from '../address.js';
import { AttributeWalker } from '../attributes.js';
import { AF_INET, AF_INET6, NLM_F_DUMP, NLM_F_REQUEST, NLMSG_HDRLEN } from '../constants.js';
import { requireBytes } from '../decode-error.js';

/** Message type of the replies to {@link buildGetRulesRequest}. */
export const RTM_NEWRULE = 32;
/** Message type of the replies to {@link buildGetRoutesRequest}. */
export const RTM_NEWROUTE = 24;
/** Action of a rule that leads to a table. */
export const FR_ACT_TO_TBL = 1;
/** Type of a route whose destinations are this machine. */
export const RTN_LOCAL = 2;
/** Table of usual routes. */
export const RT_TABLE_MAIN = 254;
/** Table of the machine's own addresses. */
export const RT_TABLE_LOCAL = 255;

const RTM_GETROUTE = 26;
const RTM_GETRULE = 34;
/** Size of either struct. */
const HEADER_SIZE = 12;
const FIB_RULE_INVERT = 2;
const FRA_SRC = 2;
const FRA_IIFNAME = 3;
const FRA_PRIORITY = 6;
const FRA_FWMARK = 10;
const FRA_TABLE = 15;
const FRA_OIFNAME = 17;
const RTA_DST = 1;
const RTA_TABLE = 15;
const ADDRESS_BYTES: Readonly<Record<number, number>> = { [AF_INET]: 4, [AF_INET6]: 16 };

/** Addresses that begin with the same bits. */
export interface AddressRange extends InetAddress {
  /** Number of these bits. */
  readonly length: number;
}

/** Rule of policy routing, `ip rule`. */
export interface RoutingRule {
  readonly family: number;
  /** Rules are tried from the least number on. */
  readonly priority: number;
  /** FR_ACT_*. */
  readonly action: number;
  readonly table: number;
  /** Sources that it is for; undefined for all. */
  readonly source: AddressRange | undefined;
  /** Device on which packets came in, `lo` for those of this machine; undefined for all. */
  readonly inputDevice: string | undefined;
  /** Device to which a socket is bound; undefined for all. */
  readonly outputDevice: string | undefined;
  /** Mark of packets; 0 for all. */
  readonly mark: number;
  /** True for all packets that do not match. */
  readonly isInverted: boolean;
}

/** Route of a table, `ip route`. */
export interface Route {
  readonly family: number;
  readonly table: number;
  /** RTN_*. */
  readonly type: number;
  readonly destination: AddressRange;
}

/** Builds a request for all rules of policy routing of a network namespace. */
export function buildGetRulesRequest(): Uint8Array {
  return buildDumpRequest(RTM_GETRULE);
}

/** Builds a request for all routes of a network namespace, in all tables. */
export function buildGetRoutesRequest(): Uint8Array {
  return buildDumpRequest(RTM_GETROUTE);
}

function buildDumpRequest(type: number): Uint8Array {
  // The family is AF_UNSPEC.
  const bytes = new Uint8Array(NLMSG_HDRLEN + HEADER_SIZE);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length, true);
  view.setUint16(4, type, true);
  view.setUint16(6, NLM_F_REQUEST | NLM_F_DUMP, true);
  return bytes;
}

/**
 * Decodes a rule. Undefined for families other than IPv4 and IPv6.
 * @param message the reply with its `nlmsghdr`
 * @throws DecodeError `ERR_TRUNCATED`, `ERR_ATTRIBUTE_LENGTH`
 */
export function decodeRule(message: Uint8Array): RoutingRule | undefined {
  const head = headOf(message, 'fib_rule_hdr');
  if (head === undefined) return undefined;
  const { family, view, walker } = head;
  let [priority, mark, table] = [0, 0, view.getUint8(4)];
  let source: AddressRange | undefined;
  let inputDevice: string | undefined;
  let outputDevice: string | undefined;
  while (walker.next()) {
    const payload = message.subarray(walker.start, walker.end);
    if (walker.type === FRA_PRIORITY) priority = wordOf(payload);
    if (walker.type === FRA_FWMARK) mark = wordOf(payload);
    if (walker.type === FRA_TABLE) table = wordOf(payload);
    if (walker.type === FRA_SRC) source = rangeOf(payload, family, view.getUint8(2));
    if (walker.type === FRA_IIFNAME) inputDevice = textOf(payload);
    if (walker.type === FRA_OIFNAME) outputDevice = textOf(payload);
  }
  const isInverted = (view.getUint32(8, true) & FIB_RULE_INVERT) !== 0;
  const action = view.getUint8(7);
  return { family, priority, action, table, source, inputDevice, outputDevice, mark, isInverted };
}

/**
 * Decodes a route. Undefined for families other than IPv4 and IPv6.
 * @param message the reply with its `nlmsghdr`
 * @throws DecodeError `ERR_TRUNCATED`, `ERR_ATTRIBUTE_LENGTH`
 */
export function decodeRoute(message: Uint8Array): Route | undefined {
  const head = headOf(message, 'rtmsg');
  if (head === undefined) return undefined;
  const { family, view, walker } = head;
  let table = view.getUint8(4);
  // Absent for the default route.
  let destination: AddressRange = { family, bytes: new Uint8Array(16), length: view.getUint8(1) };
  while (walker.next()) {
    const payload = message.subarray(walker.start, walker.end);
    if (walker.type === RTA_TABLE) table = wordOf(payload);
    if (walker.type === RTA_DST) destination = rangeOf(payload, family, view.getUint8(1)) ?? destination;
  }
  return { family, table, type: view.getUint8(7), destination };
}

function headOf(
  message: Uint8Array,
  struct: string,
): { readonly family: number; readonly view: DataView; readonly walker: AttributeWalker } | undefined {
  requireBytes(message, 0, NLMSG_HDRLEN + HEADER_SIZE, struct);
  const family = message[NLMSG_HDRLEN] ?? 0;
  if (ADDRESS_BYTES[family] === undefined) return undefined;
  const walker = new AttributeWalker();
  walker.reset(message, NLMSG_HDRLEN + HEADER_SIZE);
  return { family, view: new DataView(message.buffer, message.byteOffset + NLMSG_HDRLEN, HEADER_SIZE), walker };
}

function wordOf(payload: Uint8Array): number {
  requireBytes(payload, 0, 4, 'u32');
  return new DataView(payload.buffer, payload.byteOffset).getUint32(0, true);
}

function textOf(payload: Uint8Array): string {
  const end = payload.indexOf(0);
  return new TextDecoder().decode(end === -1 ? payload : payload.subarray(0, end));
}

function rangeOf(payload: Uint8Array, family: number, length: number): AddressRange | undefined {
  if (payload.length !== ADDRESS_BYTES[family]) return undefined;
  const bytes = new Uint8Array(16);
  bytes.set(payload);
  return { family, bytes, length };
}
