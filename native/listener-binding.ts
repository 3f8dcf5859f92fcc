import type { ScanFailure } from './failure-binding.js';

/** Options of {@link MessageListener}. */
export interface ListenerOptions {
  /** Netlink protocol number, e.g. NETLINK_NETFILTER. */
  readonly protocol: number;
  /** Numbers of multicast groups, from 1; at least one. */
  readonly groups: readonly number[];
  /**
   * Size of the receive buffer in bytes, as the kernel counts: each message with its overhead. SO_RCVBUFFORCE is tried
   * first (needs CAP_NET_ADMIN), then SO_RCVBUF, which the kernel limits to twice net.core.rmem_max.
   * {@link MessageListener.grant} returns the actual size.
   */
  readonly receiveBufferBytes: number;
  /**
   * Classic BPF (`struct sock_filter`, 8 bytes each, at most 4,096) for every message with its `nlmsghdr`. Rejected
   * messages do not count as lost. Default: no filter.
   */
  readonly filter?: Uint8Array;
  /** Filter to attach if the kernel refuses `filter`, e.g. for its size (net.core.optmem_max). */
  readonly fallbackFilter?: Uint8Array;
  /**
   * True to receive also from all network namespaces that have an id (nsid) in the listener's own. Needs
   * CAP_NET_BROADCAST. Default: false.
   */
  readonly allNamespaces?: boolean;
  /**
   * Open file of a network namespace, such as `/proc/PID/ns/net`. The addon duplicates it, so the caller may close it.
   * Entering the namespace needs CAP_SYS_ADMIN. Default: the namespace of this process.
   */
  readonly namespace?: number;
  /**
   * Minimum time between two reads in nanoseconds, up to 1e10, so that a burst does not become many batches.
   * Default: 5e6.
   */
  readonly gatherNs?: number;
  /** Size in bytes (1 to 64 MiB) from which a batch is complete. Default: 256 KiB. */
  readonly batchBytes?: number;
  /**
   * Bytes of waiting batches from which nothing is read, up to 1 GiB. Messages then stay in the kernel's queue, and the
   * kernel drops and counts what does not fit. Default: 8 MiB.
   */
  readonly maxPendingBytes?: number;
}

/** Settings that the kernel accepted. */
export interface ListenerGrant {
  /** Size of the receive buffer in bytes, as the kernel counts. */
  readonly receiveBufferBytes: number;
  /** True when SO_RCVBUFFORCE succeeded, which net.core.rmem_max does not limit. */
  readonly forced: boolean;
  /** True when the kernel refused {@link ListenerOptions.filter}, and the fallback filter is attached. */
  readonly fallbackFilter: boolean;
}

/**
 * Messages in the order of their arrival, then what was lost after them. The arrays are valid only until the callback
 * returns.
 */
export interface MessageBatch {
  /** Bytes of the messages, each with its `nlmsghdr`, aligned to 8 bytes. */
  readonly data: Uint8Array;
  /** Pairs (offset, length) into `data`. Length is `nlmsg_len`. */
  readonly messages: Uint32Array;
  /** For each receive, CLOCK_REALTIME in nanoseconds just after it. */
  readonly receivedNs: BigUint64Array;
  /** For each receive, the number of messages in this batch up to its end. */
  readonly receiveEnds: Uint32Array;
  /**
   * For each message, the id of the namespace that sent it, or -1 for the listener's own. Absent without
   * {@link ListenerOptions.allNamespaces}.
   */
  readonly nsids?: Int32Array;
  /** Number of overruns of the kernel's queue (ENOBUFS) after these messages. */
  readonly overruns: number;
  /** Messages that the kernel dropped, by its own counter, after these and before those of the next batch. */
  readonly lost: number;
  /** Messages that were too long for a receive, or had no valid frame. They are missing in this batch. */
  readonly broken: number;
  /** Messages that another program sent. They are missing in this batch. */
  readonly unrelated: number;
  /** Set in the last batch when the socket failed. The thread has ended, and no message follows. */
  readonly failure?: ScanFailure;
}

/**
 * A thread that reads multicast messages from its creation until {@link close}, and keeps the process alive meanwhile.
 *
 * Losses occur in one place only, the kernel's queue: when JavaScript falls behind, the thread stops reading. Each
 * message that the filter accepts is delivered or counted, in `lost` or `broken`. A loss is reported when the queue was
 * empty again, behind all messages that were sent before it. A dump that starts then covers it.
 */
export interface MessageListener {
  /** Returns the settings that the kernel accepted. */
  grant(): ListenerGrant;
  /** Stops reading. Messages stay in the kernel's queue, and those that do not fit are lost and counted. */
  pause(): void;
  /** Goes on after {@link pause}. */
  resume(): void;
  /**
   * Ends the thread, and resolves when every batch that was read has been delivered, and the socket is closed. Messages
   * in the kernel's queue are discarded. Further calls return the same promise.
   */
  close(): Promise<void>;
}
