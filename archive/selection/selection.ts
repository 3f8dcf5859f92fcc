import type { ConnectionIdentity, ConnectionRow } from '../../analysis/index.js';
import {
  beginsWith,
  comparableAddress,
  overlapsIpv4,
  type PortRange,
  type Prefix,
  parsePortRange,
  parsePrefix,
} from '../../inetdiag/index.js';
import { AF_INET6, parseAddress } from '../../netlink/index.js';
import { timestampToNs } from '../../parse/index.js';
import { type Ends, isBetween } from './ends.js';

/** Conditions on the row of a connection. Plain data, so that threads can share it. */
export interface Selection {
  /** Lower limit for the last snapshot (inclusive), microseconds since the Unix epoch. */
  readonly sinceUs?: number | undefined;
  /** Upper limit for the first snapshot (exclusive), microseconds since the Unix epoch. */
  readonly untilUs?: number | undefined;
  /** Ports; a connection needs one of them at either end. Empty for all. */
  readonly ports: readonly PortRange[];
  /** Prefixes; the remote address must match one of them. Empty for all. */
  readonly peers: readonly Prefix[];
  /** Endpoints that the connection must be between. */
  readonly ends?: Ends | undefined;
  /** End of the UUID, in any case. */
  readonly uuidEnd?: string | undefined;
}

/** Selection of every connection. */
export const EVERYTHING: Selection = { ports: [], peers: [] };

/** Forms that {@link parsePorts} accepts, for messages. */
export const PORT_FORMS = 'ports from 0 to 65535 and ranges such as 443,8000-8010';
/** Forms that {@link parsePeers} accepts, for messages. */
export const PEER_FORMS = 'addresses and prefixes such as 10.0.0.2, 10.0.0.0/8 or 2001:db8::/32';

/** Parses `443,8000-8010`; undefined for any other text. */
export function parsePorts(text: string): readonly PortRange[] | undefined {
  return all(text, parsePortRange);
}

/** Parses `10.0.0.0/8,2001:db8::1`; undefined for any other text. */
export function parsePeers(text: string): readonly Prefix[] | undefined {
  return all(text, parsePrefix);
}

function all<T>(text: string, parse: (part: string) => T | undefined): readonly T[] | undefined {
  const parts = text.split(',').map((part) => parse(part.trim()));
  return parts.every((part) => part !== undefined) ? parts : undefined;
}

/** True when the selection has no condition. */
export function selectsAll({ sinceUs, untilUs, ports, peers, ends, uuidEnd }: Selection): boolean {
  return [sinceUs, untilUs, ends, uuidEnd].every((each) => each === undefined) && ports.length + peers.length === 0;
}

/** True when the end of a UUID is the only condition. */
export function selectsOnlyUuid(selection: Selection): boolean {
  return selection.uuidEnd !== undefined && selectsAll({ ...selection, uuidEnd: undefined });
}

/**
 * Returns a check of a connection's first record: false rules the connection out. Undefined when every connection may
 * be selected. `sinceUs` cannot be checked: it needs the connection's end, known only after all of it was read.
 */
export function startsWithin(
  selection: Selection,
): ((identity: ConnectionIdentity, startUs: number) => boolean) | undefined {
  if (selectsAll(selection)) return undefined;
  const { untilUs } = selection;
  return (identity, startUs) => (untilUs === undefined || startUs < untilUs) && isIdentified(selection, identity);
}

/** True for a selected connection. */
export function isSelected(selection: Selection, row: ConnectionRow): boolean {
  const { sinceUs, untilUs } = selection;
  if (sinceUs !== undefined && latestUs(row) < sinceUs) return false;
  if (untilUs !== undefined && timeUs(row.startTime) >= untilUs) return false;
  return isIdentified(selection, row);
}

function isIdentified({ ports, peers, ends, uuidEnd }: Selection, identity: ConnectionIdentity): boolean {
  const { localPort, remotePort } = identity;
  const hasPort = ({ first, last }: PortRange): boolean =>
    (localPort >= first && localPort <= last) || (remotePort >= first && remotePort <= last);
  if (ports.length > 0 && !ports.some(hasPort)) return false;
  if (peers.length > 0 && !peers.some((prefix) => isWithin(identity.remoteAddress, prefix))) return false;
  if (uuidEnd !== undefined && !endsLike(identity.uuid ?? '', uuidEnd)) return false;
  return ends === undefined || isBetween(identity, ends);
}

/** True for a UUID with this end, in any case. */
export function endsLike(uuid: string, end: string): boolean {
  return uuid.toLowerCase().endsWith(end.toLowerCase());
}

function isWithin(address: string, prefix: Prefix): boolean {
  const parsed = parseAddress(address);
  if (parsed === undefined) return false;
  const bytes = comparableAddress(parsed.bytes, parsed.family);
  // An IPv4 address begins with the bits of ::/0, which covers IPv6 only.
  const isIpv6 = parsed.family === AF_INET6;
  return beginsWith(bytes, prefix) && (isIpv6 || !overlapsIpv4(prefix));
}

/** Returns the later of start and end: a clock that was set back can put the end before the start. */
function latestUs({ startTime, endTime }: ConnectionRow): number {
  return Math.max(timeUs(startTime), timeUs(endTime));
}

/** Converts an archived timestamp to microseconds since the Unix epoch. */
export function timeUs(timestamp: string): number {
  const ns = timestampToNs(timestamp);
  return ns === undefined ? Number.NaN : Number(ns / 1000n);
}
