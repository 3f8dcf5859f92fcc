/** Connections of sockets that belong to flows, as far as a collector knows them. */
import type { Flow } from './flow.js';
import type { FlowEndpoint } from './meaning.js';
import { TcpConntrack } from './state.js';

/** Connection with the ends of a flow, as a collector knows it. */
export interface KnownConnection {
  readonly isOpen: boolean;
  /** Time of its first record, microseconds since 1970. */
  readonly startUs: number;
  /** Time of its end, microseconds since 1970; null while it is open. */
  readonly closedUs: number | null;
}

/** Returns a key of both ends as a socket has them. It is equal for a flow and the socket of its local end. */
export function endsKey(local: FlowEndpoint, remote: FlowEndpoint): string {
  return `${local.address} ${local.port ?? ''} ${remote.address} ${remote.port ?? ''}`;
}

/** States of TCP flows whose connection has not ended. A closed connection with their ends is an earlier one. */
const ONGOING: ReadonlySet<number | undefined> = new Set<number>([
  TcpConntrack.SYN_SENT,
  TcpConntrack.SYN_SENT2,
  TcpConntrack.SYN_RECV,
  TcpConntrack.ESTABLISHED,
]);
const NS_PER_US = 1000n;

/**
 * Returns the one of two connections with the ends of a flow that the flow belongs to: an open one, else the one that
 * began last. Undefined if it can be neither, because ports are used again.
 */
export function connectionOfFlow<T extends KnownConnection>(
  flow: Flow,
  first: T | undefined,
  second: T,
): T | undefined {
  if (!mayBeOf(flow, second)) return first;
  if (first === undefined) return second;
  if (first.isOpen !== second.isOpen) return first.isOpen ? first : second;
  return second.startUs >= first.startUs ? second : first;
}

function mayBeOf({ tcp, startTimeNs }: Flow, { isOpen, closedUs }: KnownConnection): boolean {
  if (isOpen) return true;
  if (ONGOING.has(tcp?.state)) return false;
  return startTimeNs === undefined || closedUs === null || closedUs >= Number(startTimeNs / NS_PER_US);
}
