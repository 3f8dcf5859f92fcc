/** MPTCP connection as its own socket has it. Counters are null on kernels that do not count them (before 6.5). */
export interface MptcpConnection {
  /** Our token, which its subflows have, too. */
  readonly token: number;
  /** Cookie of its own socket; each subflow has another one. */
  readonly cookie: bigint;
  /** True if it goes on as plain TCP. */
  readonly fellBack: boolean;
  readonly bytesSent: number | null;
  readonly bytesAcked: number | null;
  readonly bytesReceived: number | null;
  /** Bytes that were sent again, also on another subflow. */
  readonly bytesRetrans: number | null;
  readonly retransmits: number | null;
}
