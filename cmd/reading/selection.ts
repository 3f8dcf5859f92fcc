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

/** Connections that are looked at, by what a row of them says. Plain data, for threads. */
export interface Selection {
  /** Those whose last snapshot is at this moment or later; microseconds since the Unix epoch. */
  readonly sinceUs?: number | undefined;
  /** Those whose first snapshot is before this moment. */
  readonly untilUs?: number | undefined;
  /** Those with one of these ports at either end; all when there is none. */
  readonly ports: readonly PortRange[];
  /** Those whose remote address begins with one of these; all when there is none. */
  readonly peers: readonly Prefix[];
  /** Those between these ends. */
  readonly ends?: Ends | undefined;
  /** Those whose UUID ends so, in any case. */
  readonly uuidEnd?: string | undefined;
}

/** Selects every connection. */
export const EVERYTHING: Selection = { ports: [], peers: [] };

/** Forms that {@link parsePorts} reads, for messages. */
export const PORT_FORMS = 'ports from 0 to 65535 and ranges such as 443,8000-8010';
/** Forms that {@link parsePeers} reads, for messages. */
export const PEER_FORMS = 'addresses and prefixes such as 10.0.0.2, 10.0.0.0/8 or 2001:db8::/32';

/** Reads `443,8000-8010`; undefined for anything else. */
export function parsePorts(text: string): readonly PortRange[] | undefined {
  return all(text, parsePortRange);
}

/** Reads `10.0.0.0/8,2001:db8::1`; undefined for anything else. */
export function parsePeers(text: string): readonly Prefix[] | undefined {
  return all(text, parsePrefix);
}

function all<T>(text: string, parse: (part: string) => T | undefined): readonly T[] | undefined {
  const parts = text.split(',').map((part) => parse(part.trim()));
  return parts.every((part) => part !== undefined) ? parts : undefined;
}

/** Whether everything is selected. */
export function selectsAll({ sinceUs, untilUs, ports, peers, ends, uuidEnd }: Selection): boolean {
  return [sinceUs, untilUs, ends, uuidEnd].every((each) => each === undefined) && ports.length + peers.length === 0;
}

/** Whether nothing but the end of a UUID selects. */
export function selectsOnlyUuid(selection: Selection): boolean {
  return selection.uuidEnd !== undefined && selectsAll({ ...selection, uuidEnd: undefined });
}

/**
 * Decides by the first record of a connection whether it may be selected; undefined when every one may. The end of a
 * connection, which `sinceUs` is about, is known only when all of it was read.
 */
export function startsWithin(
  selection: Selection,
): ((identity: ConnectionIdentity, startUs: number) => boolean) | undefined {
  if (selectsAll(selection)) return undefined;
  const { untilUs } = selection;
  return (identity, startUs) => (untilUs === undefined || startUs < untilUs) && isIdentified(selection, identity);
}

/** Whether a connection is selected. */
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

/** Whether a UUID ends so, in any case. */
export function endsLike(uuid: string, end: string): boolean {
  return uuid.toLowerCase().endsWith(end.toLowerCase());
}

function isWithin(address: string, prefix: Prefix): boolean {
  const parsed = parseAddress(address);
  if (parsed === undefined) return false;
  const bytes = comparableAddress(parsed.bytes, parsed.family);
  // An IPv4 address begins with the bits of ::/0, which is not about it.
  const isIpv6 = parsed.family === AF_INET6;
  return beginsWith(bytes, prefix) && (isIpv6 || !overlapsIpv4(prefix));
}

/** The later of both ends of a row: a clock that was set back ends before it begins. */
function latestUs({ startTime, endTime }: ConnectionRow): number {
  return Math.max(timeUs(startTime), timeUs(endTime));
}

/** Microseconds since the Unix epoch of an archived timestamp. */
export function timeUs(timestamp: string): number {
  const ns = timestampToNs(timestamp);
  return ns === undefined ? Number.NaN : Number(ns / 1000n);
}
