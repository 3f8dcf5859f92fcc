import type { Connection, ConnectionEnd } from '../cache/index.js';
import { formatAddress } from '../netlink/index.js';
import type { Netns } from '../parse/index.js';
import type { CloseEvent, EventPosition, OpenEvent } from './event.js';
import { readFinalCounters } from './final-counters.js';

/** What an open event says of a connection. None of it changes while the connection lives, nor after. */
export type Opening = Pick<Connection, 'uuid' | 'netns' | 'family' | 'id' | 'startTime'>;

/** A copy that may be kept for long: the connection, and its last record with it, are not. */
export function openingOf({ uuid, netns, family, id, startTime }: Connection): Opening {
  return { uuid, ...placeOf(netns), family, id, startTime };
}

/** The event that announces a connection. */
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

/** The event that ends a connection, as the reference has it. */
export function closeEvent({ uuid, netns }: Connection, { timestamp }: ConnectionEnd): CloseEvent {
  return { kind: 'close', timestamp, uuid, ...placeOf(netns) };
}

/**
 * The event that ends a connection, with all that is known of it.
 * @param tcpInfo the connection's last `tcp_info`, undefined when there never was one
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
