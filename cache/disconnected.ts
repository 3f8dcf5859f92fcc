/**
 * Destroy events of sockets that were disconnected before they were freed (tcp_disconnect in net/ipv4/tcp.c): reset by
 * their own side with SO_LINGER 0, never accepted, or refused while their program waited in `connect()`. Such an event
 * still has the local port and the remote address, but no counters.
 */
import { decodeSockId, INET_DIAG_INFO, INET_DIAG_MSG } from '../inetdiag/index.js';
import { type Field, fieldOf } from '../netlink/index.js';
import type { ArchivedRecord } from '../parse/index.js';
import { readMinRttUs, readSndWndBytes, TCP_INFO, TcpState } from '../tcp/index.js';

/** Parts of `inet_diag_msg` that are correct in the event of a disconnected socket. */
const RIGHT_IN_MESSAGE = (['state', 'timer', 'retrans', 'expiresMs'] as const).map((name) => {
  return spanOf(fieldOf(INET_DIAG_MSG, name));
});
/** Parts of `tcp_info` that the kernel keeps for a disconnected socket: both show whether it had opened. */
const LEFT_IN_INFO = (['minRttUs', 'sndWndBytes'] as const).map((name) => spanOf(fieldOf(TCP_INFO, name)));

const INFO_STATE = fieldOf(TCP_INFO, 'state').offset;

/** Returns the offsets of a field's start and end. */
function spanOf({ offset, size }: Field): readonly [start: number, end: number] {
  return [offset, offset + size];
}

/** Returns whether an event is of a socket without a peer: it was disconnected, or never connected. */
export function isDisconnected(rawIdm: Uint8Array): boolean {
  return decodeSockId(rawIdm).dport === 0;
}

/**
 * Creates the last record of a connection whose socket was disconnected: the header in state CLOSE, and all data that
 * the kernel has cleared as in the last scan. The state in its tcp_info is also that of the last scan, which
 * distinguishes it from the record of a socket that was not disconnected.
 */
export function disconnectedRecord(event: ArchivedRecord, seen: ArchivedRecord): ArchivedRecord {
  const { rawIdm = new Uint8Array(), attributes: told = [] } = event;
  const known = seen.attributes ?? [];
  const length = Math.max(told.length, known.length);
  const attributes = Array.from({ length }, (_, type) => {
    if (type === INET_DIAG_INFO) return renewed(known[type] ?? null, told[type] ?? null, LEFT_IN_INFO);
    return told[type] ?? known[type] ?? null;
  });
  return { ...event, rawIdm: renewed(seen.rawIdm ?? rawIdm, rawIdm, RIGHT_IN_MESSAGE), attributes };
}

/** Returns a copy of bytes with these parts replaced by newer bytes, if both have them. */
function renewed<T extends Uint8Array | null>(
  bytes: T,
  newer: Uint8Array | null,
  parts: readonly (readonly [start: number, end: number])[],
): T | Uint8Array {
  if (bytes === null || newer === null) return bytes;
  const copy = Uint8Array.from(bytes);
  for (const [start, end] of parts) {
    if (end <= Math.min(copy.length, newer.length)) copy.set(newer.subarray(start, end), start);
  }
  return copy;
}

/** Returns whether a scan saw a socket while it was being disconnected: the counters in its tcp_info may be cleared. */
export function isTorn({ attributes }: ArchivedRecord): boolean {
  return attributes?.[INET_DIAG_INFO]?.[INFO_STATE] === TcpState.CLOSE;
}

/** Returns whether a disconnected socket once had a peer: its event has the peer's address. A listener had no peer. */
export function hadPeer(rawIdm: Uint8Array): boolean {
  return decodeSockId(rawIdm).dst.some((byte) => byte !== 0);
}

/** Returns whether the connection of a disconnected socket had opened: the kernel keeps values of the handshake. */
export function hadOpened({ attributes }: ArchivedRecord): boolean {
  const info = attributes?.[INET_DIAG_INFO];
  if (info === null || info === undefined) return false;
  return readMinRttUs(info) !== undefined || (readSndWndBytes(info) ?? 0) > 0;
}
