import type { Connection } from '../cache/index.js';
import { formatAddress } from '../inetdiag/index.js';
import type { CloseEvent, OpenEvent } from './event.js';

/** The event that announces a connection. */
export function openEvent({ uuid, family, id, startTime }: Connection): OpenEvent {
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
  };
}

/** The event that ends a connection. */
export function closeEvent({ uuid }: Connection, timestamp: string): CloseEvent {
  return { kind: 'close', timestamp, uuid };
}
