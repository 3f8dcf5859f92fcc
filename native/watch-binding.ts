import type { ScanFailure } from './failure-binding.js';
import type { LeftoverSpec, MessageShape } from './message-shape.js';

/** Options of {@link Watcher}: what a message is, and which of its bytes count as a change. */
export interface WatcherOptions extends MessageShape {
  /** Netlink protocol number, e.g. NETLINK_SOCK_DIAG. */
  readonly protocol: number;
  /** `nlmsg_type` values of answers with data. */
  readonly dataTypes: readonly number[];
  /** Messages about what is left of an object: no good answers. */
  readonly leftovers?: readonly LeftoverSpec[];
  /** Longest time that a change waits for others to be delivered with, nanoseconds, up to 1e10 (default 0). */
  readonly gatherNs?: number;
  /** Bytes of changes that wait for JavaScript, from which nothing is read (default 16 MiB). */
  readonly maxPendingBytes?: number;
}

/** Upper bounds of the buckets of {@link WatchFigures.lateness}, nanoseconds; the last bucket has none. */
export const WATCH_LATENESS_NS = [50e3, 100e3, 200e3, 500e3, 1e6, 2e6, 5e6, 10e6] as const;

/** Counts of reads since the batch before. */
export interface WatchFigures {
  /** Reads with a good answer. */
  readonly answered: number;
  /** Reads for which there is no such object (ENOENT). */
  readonly missing: number;
  /** Reads that found what is left of an object. */
  readonly leftover: number;
  /** Reads that the kernel refused, that were answered wrongly, or that failed with the socket. */
  readonly failed: number;
  /** Deadlines that passed before the read of an earlier one. */
  readonly skipped: number;
  /** Reads by the time from their deadline to the receipt of the answer, in buckets of {@link WATCH_LATENESS_NS}. */
  readonly lateness: Uint32Array;
  /** Sum of these times, nanoseconds. */
  readonly latenessSumNs: number;
}

/** Changes and figures. The arrays are valid only until the callback returns. */
export interface WatchBatch extends WatchFigures {
  readonly kind: 'watch';
  /** Bytes of the changed messages, each with its `nlmsghdr`, aligned to 8 bytes. */
  readonly data: Uint8Array;
  /**
   * Pairs (offset, length) into `data`, in the order of the reads. A length of 0: the watch had no good answer for 3 of
   * its intervals. Its next good answer is then in a batch, changed or not.
   */
  readonly changed: Uint32Array;
  /** For each message, the number of its watch. */
  readonly watches: Uint32Array;
  /**
   * For each message, the time of its receipt (0 for one of no bytes), and that of the good answer before it (0 without
   * one). Nanoseconds since 1970.
   */
  readonly timesNs: BigUint64Array;
  /** First failure of a socket. It is opened again after a second. */
  readonly failure?: ScanFailure;
}

/**
 * A thread that reads single objects, each at an interval of its own, on absolute deadlines: whole multiples of the
 * interval on the monotonic clock. All that is due in one place is asked for in one datagram. An answer is compared with
 * the last one of its object, as in a scan; the first one counts as changed. The thread keeps the process alive until
 * {@link close}.
 */
export interface Watcher {
  /**
   * Adds a place to read from, with a socket of its own.
   * @param source `namespace`: open file of a network namespace, which the addon duplicates; default: that of this process
   * @returns number of the source; none is used twice
   * @throws an Error with code `ERR_SOCKET`, `ERR_NAMESPACE` (`errno` EPERM without CAP_SYS_ADMIN)
   */
  addSource(source: { readonly namespace?: number }): number;
  /** Removes a source, and the objects that are read from it. @throws TypeError when there is no such source */
  removeSource(source: number): void;
  /**
   * Begins to read an object.
   * @param request one netlink message with NLM_F_REQUEST alone; the addon sends copies with `nlmsg_seq` and `nlmsg_pid`
   * @param key of the object, at `keyOffset` of good answers
   * @param intervalNs time between two reads, 1e6 to 3.6e12
   * @returns number of the watch; none is used twice
   * @throws TypeError for invalid arguments
   */
  add(source: number, request: Uint8Array, key: bigint, intervalNs: number): number;
  /** Ends the reads of an object. What was read before may still be delivered. */
  remove(watch: number): void;
  /** Delivers what has been read by now, before it returns. Does nothing during a callback, or after the end. */
  flush(): void;
  /** Ends the thread. Resolves when all has been delivered. Further calls return the same promise. */
  close(): Promise<void>;
}
