import type { ScanFailure } from './failure-binding.js';

/** Options of {@link PacketCapture}. */
export interface CaptureOptions {
  /**
   * Classic BPF (`struct sock_filter`, 8 bytes each, at most 4,096) for every packet from its IP header on. It returns
   * the number of bytes to keep; 0 drops the packet, which is then in no count.
   */
  readonly filter: Uint8Array;
  /**
   * Open file of a network namespace, such as `/proc/PID/ns/net`. The addon duplicates it, so the caller may close it.
   * Entering the namespace needs CAP_SYS_ADMIN. Default: the namespace of this process.
   */
  readonly namespace?: number;
  /** Index of the only interface to hear. Default: 0, all of the namespace, also those that are made later. */
  readonly interfaceIndex?: number;
  /**
   * Indexes of interfaces that receive packets for other hosts, too, until {@link PacketCapture.close}. The kernel logs
   * it. ENODEV if there is no such interface.
   */
  readonly promiscuous?: readonly number[];
  /** Size of the kernel's ring in bytes, from two blocks to 1 GiB. Default: 16 MiB. */
  readonly ringBytes?: number;
  /** Size of a block in bytes, 64 KiB to 16 MiB, whole pages. A longer packet is cut. Default: 1 MiB. */
  readonly blockBytes?: number;
  /** Time after which the kernel closes a block that is not full, 1 to 1000 milliseconds. Default: 10. */
  readonly blockTimeoutMs?: number;
  /** True to receive packets one by one, as where the kernel refuses a ring. Default: false. */
  readonly withoutRing?: boolean;
  /**
   * Bytes of waiting blocks from which none is read, up to 4 GiB. Packets then stay in the kernel's ring, and the kernel
   * drops and counts what does not fit. Default: 64 MiB.
   */
  readonly maxPendingBytes?: number;
}

/** Settings that the kernel accepted. */
export interface CaptureGrant {
  /** Size of the ring in bytes; 0 without a ring. */
  readonly ringBytes: number;
  /** Size of the receive buffer in bytes, as the kernel counts; 0 if there is a ring. */
  readonly receiveBufferBytes: number;
  /** Set when the kernel refused the ring. */
  readonly ringFailure?: ScanFailure;
}

/** One block of packets, and what was lost before it. Blocks come in the order in which the kernel filled them. */
export interface PacketBatch {
  /**
   * The block as the kernel lays it out (`struct tpacket_block_desc`, include/uapi/linux/if_packet.h), up to its last
   * byte in use; aligned to 8 bytes. Empty if the batch reports only losses. Valid until the callback returns.
   */
  readonly block: Uint8Array;
  /** Number of packets in the block. */
  readonly packets: number;
  /** Packets that passed the filter, and that the kernel dropped after those of the previous block and before these. */
  readonly dropped: number;
  /** Times that the ring was full, since the previous batch. */
  readonly freezes: number;
  /** Set in the last batch when the socket failed: ENODEV if the interface was removed. No packet follows. */
  readonly failure?: ScanFailure;
}

/**
 * A thread that reads the packets of one network namespace from its creation until {@link close}, and keeps the process
 * alive meanwhile. It knows no protocol. Needs CAP_NET_RAW in the user namespace that owns the network namespace.
 *
 * Each packet that the filter accepts is in a block or counted in `dropped`: losses occur in one place only, the
 * kernel's ring, because the thread stops reading when too many blocks wait for JavaScript. Statistics of the kernel are
 * read once a second, with a block that the kernel has marked, and at the end.
 */
export interface PacketCapture {
  /** Returns the settings that the kernel accepted. */
  grant(): CaptureGrant;
  /** Stops reading. Packets stay in the kernel's ring, and those that do not fit are dropped and counted. */
  pause(): void;
  /** Goes on after {@link pause}. */
  resume(): void;
  /**
   * Ends the capture: no packet is taken from now on. Resolves when every block, those in the kernel's ring too, has been
   * delivered with the final counts, and the socket is closed: within about two times `blockTimeoutMs`. Further calls
   * return the same promise.
   */
  close(): Promise<void>;
}
