import { TcpState } from '../../tcp/index.js';

/** End that opened a connection: this socket (it connected), or its peer (this socket was accepted). */
export type Opener = 'local' | 'remote';

/** Fields of a socket's message that show who opened it; absent if the kernel did not send them. */
export interface OpenerFields {
  /** `idiag_state`, a `TcpState`. */
  readonly state: number;
  /** `tcpi_unacked`. */
  readonly unacked?: number | null | undefined;
  /** `tcpi_bytes_acked`. */
  readonly bytesAcked?: number | null | undefined;
  /** `tcpi_bytes_sent`; absent before 4.19. */
  readonly bytesSent?: number | null | undefined;
  /** `tcpi_bytes_retrans`; absent before 4.19. */
  readonly bytesRetrans?: number | null | undefined;
  /** `tcpi_bytes_received`. */
  readonly bytesReceived?: number | null | undefined;
}

/**
 * Returns who opened a connection, from one record of a living socket; undefined if this record does not show it.
 *
 * `tcpi_bytes_acked` counts the SYN of the socket that connected (`tcp_ack` of the handshake), and not the SYN of an
 * accepted one, whose count begins at 0. So with nothing unacknowledged and no FIN sent, what was acknowledged less the
 * payload that was sent is 1 or 0. A socket without an acknowledged byte was accepted, even if its peer never
 * acknowledges anything.
 */
export function openedBy(fields: OpenerFields): Opener | undefined {
  const { state, bytesAcked } = fields;
  if (state === TcpState.SYN_SENT) return 'local';
  if (state === TcpState.SYN_RECV) return 'remote';
  // CLOSE: a refused connect has no acknowledged byte either, and counters are reset by disconnecting.
  if (!HAS_COUNTERS.has(state) || typeof bytesAcked !== 'number') return undefined;
  if (bytesAcked === 0) return 'remote';
  if (HAS_SENT_FIN.has(state) || fields.unacked !== 0) return undefined;
  const extra = acknowledgedWithoutPayload(fields);
  if (extra === 1) return 'local';
  return extra === 0 ? 'remote' : undefined;
}

/**
 * Returns who opened a connection that has ended, from the final counters of its destroy event. Our FIN may be counted:
 * 2 is a socket that connected, 0 one that was accepted, and 1 is either.
 */
export function openedByFinal(fields: OpenerFields): Opener | undefined {
  const extra = acknowledgedWithoutPayload(fields);
  if (extra === 2) return 'local';
  const hasMoved = (fields.bytesSent ?? 0) > 0 || (fields.bytesReceived ?? 0) > 0;
  return extra === 0 && hasMoved ? 'remote' : undefined;
}

/** Returns the acknowledged bytes that are no payload: SYN and FIN. */
function acknowledgedWithoutPayload({ bytesAcked, bytesSent, bytesRetrans }: OpenerFields): number | undefined {
  if (typeof bytesAcked !== 'number' || typeof bytesSent !== 'number' || typeof bytesRetrans !== 'number') {
    return undefined;
  }
  return bytesAcked - bytesSent + bytesRetrans;
}

const HAS_SENT_FIN: ReadonlySet<number> = new Set([
  TcpState.FIN_WAIT1,
  TcpState.FIN_WAIT2,
  TcpState.CLOSING,
  TcpState.LAST_ACK,
]);
const HAS_COUNTERS: ReadonlySet<number> = new Set([TcpState.ESTABLISHED, TcpState.CLOSE_WAIT, ...HAS_SENT_FIN]);
