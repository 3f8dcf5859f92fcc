import { PeerFin, type PeerFinFields } from '../../analysis/index.js';

/** Fields of an accepted socket's record that show its payload; null if the kernel did not send them. */
export interface PayloadFields extends PeerFinFields {
  /** `tcpi_bytes_acked`. */
  readonly bytesAcked: number | null;
  /** `tcpi_bytes_sent`; null before 4.19. */
  readonly bytesSent: number | null;
  /** `tcpi_bytes_retrans`; null before 4.19. */
  readonly bytesRetrans: number | null;
}

/**
 * Payload of one accepted connection, from its records. The kernel's counters also count the peer's FIN
 * (`tcpi_bytes_received`) and our own (`tcpi_bytes_acked`). Our SYN is not counted in an accepted socket.
 */
export class PayloadCounter {
  readonly #peerFin = new PeerFin();
  #received = 0;
  #down = 0;
  #bytesSent: number | null = null;
  #bytesRetrans: number | null = null;

  /** Bytes of payload that the client sent, one too many if its FIN came with its last data just before the end. */
  get upBytes(): number {
    return Math.max(0, this.#received - (this.#peerFin.isSeen ? 1 : 0));
  }

  /** Bytes of payload that the client acknowledged. */
  get downBytes(): number {
    return this.#down;
  }

  /** Bytes of payload sent, retransmissions included; null if the kernel does not report them. */
  get bytesSent(): number | null {
    return this.#bytesSent;
  }

  /** Bytes of payload retransmitted; null if the kernel does not report them. */
  get bytesRetrans(): number | null {
    return this.#bytesRetrans;
  }

  /** Takes the next record. One without tcp_info, such as TIME_WAIT's, changes no counter. */
  add(fields: PayloadFields): void {
    this.#peerFin.add(fields);
    if (!fields.hasInfo) return;
    const { bytesReceived, bytesAcked, bytesSent, bytesRetrans } = fields;
    // Disconnecting a socket resets the counters: what they were stays.
    this.#received = Math.max(this.#received, bytesReceived ?? 0);
    // A FIN can only be acknowledged after all payload, so at most the payload is acknowledged payload.
    const payload = bytesSent === null || bytesRetrans === null ? Number.POSITIVE_INFINITY : bytesSent - bytesRetrans;
    this.#down = Math.max(this.#down, Math.min(bytesAcked ?? 0, payload));
    if (bytesSent !== null) this.#bytesSent = Math.max(this.#bytesSent ?? 0, bytesSent);
    if (bytesRetrans !== null) this.#bytesRetrans = Math.max(this.#bytesRetrans ?? 0, bytesRetrans);
  }
}
