/**
 * What the addon `netlink` offers, method by method. Types only: the code is in `src/`, and `index.ts` loads it.
 *
 * The addon moves bytes. It frames netlink messages, keeps the last bytes of every key and compares them under a mask;
 * what the bytes mean is told to it by its caller.
 */

/** A half-open byte range `[start, end)`. */
export type ByteRange = readonly [start: number, end: number];

/**
 * Which bytes of a message count as a change. A message is a fixed header (after `nlmsghdr`) and netlink attributes.
 * Every attribute counts whole (presence, length, bytes) unless it is named here. Attribute numbers are compared
 * under `NLA_TYPE_MASK` (0x3fff); where a number occurs twice the last one counts.
 */
export interface CompareMask {
  /** Bytes of the header that count. */
  readonly header: readonly ByteRange[];
  /**
   * Attributes of which only some bytes count. Presence counts; ranges are clipped to each payload's length, and
   * a different clipped length counts, so that a length change outside the ranges does not.
   */
  readonly attributes: readonly { readonly type: number; readonly ranges: readonly ByteRange[] }[];
  /** Attributes that do not count at all, present or not. */
  readonly ignored: readonly number[];
}

/** Shape of one message's payload, offsets counted from the end of `nlmsghdr`. */
export interface MessageShape {
  /** Where the unsigned 64-bit host-order key lies. */
  readonly keyOffset: number;
  /** Length of the fixed header: attributes begin here. Shorter messages are discarded and counted. */
  readonly attributesOffset: number;
  readonly mask: CompareMask;
}

/** What to ask, and which answers are data. */
export interface DumpRequest {
  /** Netlink protocol number, e.g. NETLINK_SOCK_DIAG. */
  readonly protocol: number;
  /**
   * Ways to ask, best first. A way is one or more complete netlink messages (`nlmsghdr` included; `nlmsg_seq` and
   * `nlmsg_pid` are filled in here), sent one after the other, each a dump. A way that the kernel refuses with
   * NLMSG_ERROR or a failed NLMSG_DONE before it returned any data gives place to the next, for good. Errors of the
   * moment (EBUSY, EAGAIN, ENOMEM, ENOBUFS, EINTR) do not: they fail the scan, and the next one tries the way again.
   */
  readonly ways: readonly (readonly Uint8Array[])[];
  /** `nlmsg_type` values that carry data. Others are discarded and counted. */
  readonly dataTypes: readonly number[];
  /**
   * An errno with which the kernel says that it has nothing of the kind (ENOENT: no such family). A request refused
   * so is an empty answer as long as another request of its way is served.
   */
  readonly emptyErrno?: number;
}

/** One thing that is scanned on a beat. */
export interface SourceOptions extends DumpRequest, MessageShape {
  /** Time between scans in nanoseconds, 1e6 to 3.6e12. */
  readonly intervalNs: number;
  /** A header byte whose values are counted in each scan, e.g. the address family. */
  readonly tally?: { readonly offset: number; readonly values: readonly number[] };
}

/** Why a scan is not complete. `code` is stable; `errno` is 0 where no system call failed. */
export interface ScanFailure {
  /**
   * `ERR_SOCKET` (socket, bind, setsockopt), `ERR_SEND`, `ERR_RECEIVE`, `ERR_TRUNCATED` (MSG_TRUNC; the receive buffer
   * grows for the next scan), `ERR_REFUSED` (NLMSG_ERROR), `ERR_DONE` (errno in NLMSG_DONE), `ERR_INTERRUPTED`
   * (NLM_F_DUMP_INTR), `ERR_MALFORMED` (broken netlink framing), `ERR_TIMEOUT` (no answer within 5 s), `ERR_FULL` (one
   * batch cannot hold more than 1 GiB; the next scan goes on with what is left).
   */
  readonly code: string;
  /** Positive errno, or 0. */
  readonly errno: number;
  /** The system call or message that failed: `socket`, `bind`, `sendto`, `recvmmsg`, `NLMSG_ERROR`, `NLMSG_DONE`, … */
  readonly op: string;
}

/** What one scan found. `data`, `changed`, `gone` and `tally` are valid only until the callback returns. */
export interface Batch {
  /** Index of the source in {@link PollerOptions.sources}. */
  readonly source: number;
  /** 1 for the source's first scan, then 2, 3, … */
  readonly scan: number;
  /** CLOCK_REALTIME in nanoseconds just before the first request. */
  readonly startNs: bigint;
  /** CLOCK_REALTIME in nanoseconds just after the last answer. */
  readonly endNs: bigint;
  /** Length of the scan, monotonic nanoseconds. */
  readonly durationNs: number;
  /** Length of each request's dump, in the way's order, monotonic nanoseconds. */
  readonly requestNs: readonly number[];
  /** From the previous scan's start to this one's, monotonic nanoseconds; 0 in the first scan. */
  readonly intervalNs: number;
  /** How long after its deadline the scan began, monotonic nanoseconds; 0 in the last scan, which has no deadline. */
  readonly lateNs: number;
  /** Beats that passed unscanned since the previous batch because scans took too long or the thread was not run. */
  readonly beatsMissed: number;
  /** Beats that passed unscanned since the previous batch because JavaScript had not taken the earlier batches. */
  readonly beatsHeld: number;
  /** Batches waiting behind this one. */
  readonly pending: number;
  /** Index of the way that was used. */
  readonly way: number;
  /** Absent when the scan is complete. An incomplete scan reports changes but no `gone`. */
  readonly failure?: ScanFailure;
  /** Data messages seen. */
  readonly seen: number;
  /** Messages for each of the tally's values, in its order. */
  readonly tally: Uint32Array;
  /** Messages that were too short or of a wrong type. */
  readonly discarded: number;
  /** Messages of another sequence number, port or sender: leftovers, or somebody else's. */
  readonly strays: number;
  /** The bytes of the changed and new messages, each with its `nlmsghdr`, one after the other at 8-byte alignment. */
  readonly data: Uint8Array;
  /** Pairs (offset, length) into `data`, in the order of the dump. Length is `nlmsg_len`. */
  readonly changed: Uint32Array;
  /** Keys that the previous complete knowledge had and this complete scan has not. */
  readonly gone: BigUint64Array;
}

export interface PollerOptions {
  readonly sources: readonly SourceOptions[];
  /** Scans are held back while this many batches wait for JavaScript (default 64). */
  readonly maxPendingBatches?: number;
  /** Scans are held back while the waiting batches hold this many bytes (default 64 MiB). */
  readonly maxPendingBytes?: number;
}

/** A thread of its own that scans its sources on absolute deadlines and hands over one batch a scan. */
export interface Poller {
  /**
   * Starts the thread; the first scan is at once.
   * @throws an Error with code `ERR_STATE` when started or stopped before, `ERR_THREAD` when the system has no thread or
   * file descriptor left.
   */
  start(): void;
  /**
   * Ends the beat, makes one last scan of each source, and resolves when every batch has been delivered and the thread
   * has ended. Further calls return the same promise. A poller that never started resolves at once.
   */
  stop(): Promise<void>;
  /** The last bytes seen under a key (with `nlmsghdr`), changed or not; a copy. Undefined when the key is not known. */
  latest(source: number, key: bigint): Uint8Array | undefined;
  /** Keys that are known of a source. */
  size(source: number): number;
}

/** The answer to {@link NetlinkAddon.dump}. */
export interface DumpResult {
  readonly data: Uint8Array;
  /** Pairs (offset, length) into `data`. */
  readonly messages: Uint32Array;
  readonly way: number;
  readonly startNs: bigint;
  readonly endNs: bigint;
}

export interface NetlinkAddon {
  readonly Poller: new (options: PollerOptions, onBatch: (batch: Batch) => void) => Poller;
  /**
   * One dump, now, on a socket of its own; blocks the calling thread.
   * @throws an Error with `code` of {@link ScanFailure}, `errno` and `syscall` when it is not complete.
   */
  dump(request: DumpRequest): DumpResult;
  /** Whether two messages (with `nlmsghdr`) differ under the mask. A message that does not parse always differs. */
  differs(previous: Uint8Array, current: Uint8Array, shape: MessageShape): boolean;
  /** 0 when multicast groups (bit `1 << (group - 1)`) of a protocol can be joined, else the errno. */
  joinable(protocol: number, groups: number): number;
}
