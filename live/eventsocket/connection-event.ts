import type { Connection, ConnectionEnd } from '../../cache/index.js';
import { formatAddress } from '../../netlink/index.js';
import type { Netns } from '../../parse/index.js';
import type { CloseEvent, EventPosition, OpenEvent } from './event.js';
import { readFinalCounters } from './final-counters.js';

/** Data of a connection that an open event contains. None of it ever changes. */
export type Opening = Pick<Connection, 'uuid' | 'netns' | 'family' | 'id' | 'startTime'>;

/** Copies the opening of a connection, to be kept for long without keeping the connection and its last record. */
export function openingOf({ uuid, netns, family, id, startTime }: Connection): Opening {
  return { uuid, ...placeOf(netns), family, id, startTime };
}

/** Returns the open event of a connection. */
export function openEvent({ uuid, netns, family, id, startTime }: Opening, position?: EventPosition): OpenEvent {
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
