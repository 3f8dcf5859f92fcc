import type { Connection, ConnectionEnd } from '../../cache/index.js';
import { formatAddress } from '../../netlink/index.js';
import type { Netns } from '../../parse/index.js';
import type { CloseEvent, EventPosition, FlowAddresses, OpenEvent } from './event.js';
import { readFinalCounters } from './final-counters.js';

/** Data of a connection that an open event contains. None of it ever changes, except that more becomes known of `nat`. */
export interface Opening extends Pick<Connection, 'uuid' | 'netns' | 'family' | 'id' | 'startTime'> {
  /** Returns the translated addresses, if they are known; absent if they are not looked up. */
  readonly nat?: () => FlowAddresses | undefined;
}

/** Copies the opening of a connection, to be kept for long without keeping the connection and its last record. */
export function openingOf({ uuid, netns, family, id, startTime }: Connection, nat?: Opening['nat']): Opening {
  return { uuid, ...placeOf(netns), family, id, startTime, ...(nat === undefined ? {} : { nat }) };
}

/** Returns the open event of a connection. */
export function openEvent(opening: Opening, position?: EventPosition): OpenEvent {
  const { uuid, netns, family, id, startTime } = opening;
  const nat = opening.nat?.();
  return {
    kind: 'open',
    timestamp: startTime,
    uuid,
    id: {
      sport: id.sport,
      dport: id.dport,
      srcIp: formatAddress(id.src, family),
      dstIp: formatAddress(id.dst, family),
      interface: id.interface,
      cookie: id.cookie,
    },
    ...placeOf(netns),
    ...position,
    ...(nat === undefined ? {} : { nat }),
  };
}

/** Returns the close event of a connection with the fields of the reference. */
export function closeEvent({ uuid, netns }: Connection, { timestamp }: ConnectionEnd): CloseEvent {
  return { kind: 'close', timestamp, uuid, ...placeOf(netns) };
}

/**
 * Returns the close event of a connection with all fields.
 * @param tcpInfo last `tcp_info` of the connection; undefined if it never had one
 */
export function fullCloseEvent(
  connection: Connection,
  end: ConnectionEnd,
  tcpInfo: Uint8Array | undefined,
  position: EventPosition,
): CloseEvent {
  return {
    ...closeEvent(connection, end),
    startTime: connection.startTime,
    cause: end.cause,
    ...(tcpInfo === undefined ? {} : { final: readFinalCounters(tcpInfo) }),
    ...position,
  };
}

function placeOf(netns: Netns | undefined): { readonly netns?: Netns } {
  return netns === undefined ? {} : { netns };
}
