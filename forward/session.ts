import type { LogFields } from '../log/index.js';
import type { RelayEnded } from '../native/index.js';
import type { CloseReason } from '../services/limits/index.js';
import type { ConnectionFigures } from '../services/statistics/index.js';
import {
  readBusyTimeUs,
  readBytesRetrans,
  readBytesSent,
  readRttUs,
  readRwndLimitedUs,
  readSndbufLimitedUs,
  readTotalRetrans,
} from '../tcp/index.js';
import type { ForwardedConnection } from './connection.js';
import { endpointText } from './endpoint.js';

const US_PER_MS = 1000;

/** Function that makes the UUID of a socket from its cookie. */
export type UuidOf = (cookie: bigint) => string;

/** Returns the last figures of an ended connection; the client's side has those of tcp_info. */
export function endedFigures(event: RelayEnded): ConnectionFigures {
  const { clientInfo: info, durationUs } = event;
  return {
    upBytes: event.clientReceived,
    downBytes: event.clientSent,
    bytesSent: readBytesSent(info),
    bytesRetrans: readBytesRetrans(info),
    rttUs: readRttUs(info),
    limited: {
      observedUs: durationUs,
      busyUs: readBusyTimeUs(info) ?? 0,
      rwndLimitedUs: readRwndLimitedUs(info) ?? 0,
      sndbufLimitedUs: readSndbufLimitedUs(info) ?? 0,
    },
  };
}

/** Returns the fields of the line about an ended connection, with tcp_info of both sides. */
export function sessionFields(
  connection: ForwardedConnection,
  event: RelayEnded,
  ended: CloseReason,
  uuidOf: UuidOf,
): LogFields {
  const { config, client, cookie, connected } = connection;
  const hasBackend = connected !== undefined;
  return {
    service: config.name,
    client,
    backend: hasBackend ? endpointText(connected.backend) : undefined,
    uuid: uuidOf(cookie),
    backend_uuid: hasBackend ? uuidOf(connected.cookie) : undefined,
    up: event.clientReceived,
    down: event.clientSent,
    duration_ms: Math.round(event.durationUs / US_PER_MS),
    ended,
    connect_ms: hasBackend ? milliseconds(connected.connectUs) : undefined,
    rtt_ms: milliseconds(readRttUs(event.clientInfo)),
    retrans: readTotalRetrans(event.clientInfo),
    backend_rtt_ms: hasBackend ? milliseconds(readRttUs(event.backendInfo)) : undefined,
    backend_retrans: hasBackend ? readTotalRetrans(event.backendInfo) : undefined,
    lost_up: lost(event.clientReceived - event.backendSent),
    lost_down: lost(event.backendReceived - event.clientSent),
  };
}

/** Milliseconds with a precision of 0.1 ms; below 1 ms, of a microsecond. */
function milliseconds(us: number | undefined): number | undefined {
  if (us === undefined) return undefined;
  return us < US_PER_MS ? Math.round(us) / US_PER_MS : Math.round(us / 100) / 10;
}

/** Received bytes that the other side never got; absent without any. */
function lost(bytes: number): number | undefined {
  return bytes > 0 ? bytes : undefined;
}
