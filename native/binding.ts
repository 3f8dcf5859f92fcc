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
  /**
   * An open file of the network namespace to ask in, such as `/proc/PID/ns/net`; it is duplicated, and the caller may
   * close it. Entering takes CAP_SYS_ADMIN. Absent: this process's own. What is asked of a namespace keeps it alive.
   */
  readonly namespace?: number;
  /** Netlink protocol number, e.g. NETLINK_SOCK_DIAG. */
  readonly protocol: number;
  /**
   * Ways to ask, best first. A way is one or more complete netlink messages (`nlmsghdr` included; `nlmsg_seq` and
   * `nlmsg_pid` are filled in here), sent one after the other, each a dump. A way that the kernel refuses with
   * NLMSG_ERROR or a failed NLMSG_DONE before it returned any data, or of which a request is too long for a socket
   * (EMSGSIZE), gives place to the next, for good. Errors of the moment (EBUSY, EAGAIN, ENOMEM, ENOBUFS, EINTR) do not:
   * they fail the scan, and the next one tries the way again.
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

/**
 * Multicast messages with which the kernel tells of the end of keys. They have the shape of the source's messages. While
 * they are listened for, a key counts as gone only when it stays absent; an end that is told takes the key off the table.
 */
export interface EndEventsOptions {
  /** Multicast groups of the source's protocol, bit `1 << (group - 1)`. */
  readonly groups: number;
  /** `nlmsg_type` values of the messages. Others are discarded and counted. */
  readonly dataTypes: readonly number[];
  /**
   * Bytes of the receive buffer, as the kernel counts them: each message with its overhead. SO_RCVBUFFORCE is tried
   * first (CAP_NET_ADMIN), then SO_RCVBUF, which the kernel cuts to twice net.core.rmem_max.
   */
  readonly receiveBufferBytes: number;
  /** Classic BPF (`struct sock_filter`, 8 bytes each) that runs on every message with its `nlmsghdr`; empty: none. */
  readonly filter: Uint8Array;
  /** Taken where the kernel refuses `filter`, e.g. for its size (net.core.optmem_max). */
  readonly fallbackFilter?: Uint8Array;
  /** Complete scans that a key may be absent from, after the first, before it counts as gone. */
  readonly graceScans: number;
  /** Whether {@link Poller.start} fails when the groups cannot be joined. */
  readonly required: boolean;
}

/** One thing that is scanned on a beat. */
export interface SourceOptions extends DumpRequest, MessageShape {
  /** Time between scans in nanoseconds, 1e6 to 3.6e12. */
  readonly intervalNs: number;
  /**
   * Time between scans while no key is known, nanoseconds, at least `intervalNs`: the next scan that finds one, or an end
   * that is told, brings the beat back. Absent: the same.
   */
  readonly idleIntervalNs?: number;
  /** A header byte whose values are counted in each scan, e.g. the address family. */
  readonly tally?: { readonly offset: number; readonly values: readonly number[] };
  readonly ends?: EndEventsOptions;
  readonly remnants?: readonly RemnantSpec[];
}

/**
 * What messages of the remains of a key have in their header: these bytes, 1 to 16, from `offset` on. While ends are
 * listened for, such a message counts as absence.
 */
export interface RemnantSpec {
  readonly offset: number;
  readonly bytes: readonly number[];
  /** It counts as absence even while ends are not listened for. Default false. */
  readonly always?: boolean;
}

/** Why a scan is not complete. `code` is stable; `errno` is 0 where no system call failed. */
export interface ScanFailure {
  /**
   * `ERR_SOCKET` (socket, bind, setsockopt), `ERR_NAMESPACE` (setns, or no thread to call it on), `ERR_SEND`, `ERR_RECEIVE`, `ERR_TRUNCATED` (MSG_TRUNC; the receive buffer
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

/** Keys whose end was told. `data` and `messages` are valid only until the callback returns. */
export interface EndedKeys {
  /** The bytes of the events and of what was last known, each with its `nlmsghdr`, at 8-byte alignment. */
  readonly data: Uint8Array;
  /**
   * Four numbers for each end, in the order of the events: offset and length of the event, then offset and length of
   * the last bytes that a scan saw under its key; that length is 0 when no scan has, or the key was reported gone.
   */
  readonly messages: Uint32Array;
  /** For each end the scan that saw its key last; 0 where the last bytes have length 0. */
  readonly lastScans: Uint32Array;
  /** CLOCK_REALTIME in nanoseconds just after the last of them was received; 0 when nobody listens. */
  readonly takenNs: bigint;
  /** Times that the kernel's queue overran (ENOBUFS). The source is scanned again at once. */
  readonly overruns: number;
  /** Events that the kernel dropped, by its own count. */
  readonly lost: number;
  /** Messages that were too short, of a wrong type, or not the kernel's. */
  readonly discarded: number;
  /** Set when listening broke off, and by each scan that could not begin it anew. */
  readonly failure?: ScanFailure;
}

/** Ends that were told between two scans. */
export interface EndsBatch {
  readonly kind: 'ends';
  readonly source: number;
  /** Scans waiting behind this one. */
  readonly pending: number;
  readonly ended: EndedKeys;
}

/** The last of a source that was removed. `gone` is valid only until the callback returns. */
export interface RemovedBatch {
  readonly kind: 'removed';
  /** Its number, which {@link Poller.addSource} may use again when the callback has returned. */
  readonly source: number;
  /** Batches of scans waiting behind this one. */
  readonly pending: number;
  /** Ends that were told by then. */
  readonly ended: EndedKeys;
  /** Every other key that was known. */
  readonly gone: BigUint64Array;
}

/** How one scan went. */
export interface ScanFigures {
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
  /**
   * Time from this scan to the next, nanoseconds: the source's interval, stretched where scans take too long or too much
   * CPU time, times the stride.
   */
  readonly effectiveIntervalNs: number;
  /** Beats that passed unscanned since the previous batch because scans took too long or the thread was not run. */
  readonly beatsMissed: number;
  /** Beats that passed unscanned since the previous batch because JavaScript had not taken the earlier batches. */
  readonly beatsHeld: number;
  /** Beats that passed unscanned since the previous batch because of {@link Poller.setStride}. */
  readonly beatsSlowed: number;
  /** Beats that passed unscanned since the previous batch because of {@link PollerOptions.cpuBudget}. */
  readonly beatsLimited: number;
  /** Scans waiting behind this one. */
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
}

/** What one scan found. `data`, `changed`, `gone` and `tally` are valid only until the callback returns. */
export interface Batch extends ScanFigures {
  readonly kind: 'scan';
  /** Index of the source in {@link PollerOptions.sources}, or what {@link Poller.addSource} returned. */
  readonly source: number;
  /** Ends that were told by the end of the scan, later than `changed` and before `gone`. */
  readonly ended: EndedKeys;
  /** The bytes of the changed and new messages, each with its `nlmsghdr`, one after the other at 8-byte alignment. */
  readonly data: Uint8Array;
  /** Pairs (offset, length) into `data`, in the order of the dump. Length is `nlmsg_len`. */
  readonly changed: Uint32Array;
  /**
   * Keys that were known and that this complete scan, and those of {@link EndEventsOptions.graceScans} before it where
   * ends are listened for, did not have.
   */
  readonly gone: BigUint64Array;
}

/**
 * Scans of one source, one after the other, of which each was complete and had nothing to tell: no change, no end, nothing
 * discarded. `readQuietScans` reads them. The arrays are valid only until the callback returns.
 */
export interface QuietBatch {
  readonly kind: 'quiet';
  readonly source: number;
  /** Scans waiting behind these. */
  readonly pending: number;
  /** Number of the first; the others follow it. */
  readonly scan: number;
  /** How many there are, at least 1. */
  readonly count: number;
  readonly way: number;
  /** Requests of each. */
  readonly requests: number;
  /** `startNs` and `endNs` of each. */
  readonly timesNs: BigUint64Array;
  /**
   * Of each `durationNs`, `intervalNs`, `lateNs`, `effectiveIntervalNs`, `beatsMissed`, `beatsHeld`, `beatsSlowed`,
   * `beatsLimited` and `seen`, and behind them `requestNs`.
   */
  readonly figures: Float64Array;
  /** `tally` of each. */
  readonly tally: Uint32Array;
}

/** What a poller hands over. */
export type AnyBatch = Batch | QuietBatch | EndsBatch | RemovedBatch;

export interface PollerOptions {
  /** At least one. The first scans of several are some milliseconds apart, and so are those that follow. */
  readonly sources: readonly SourceOptions[];
  /** Scans are held back while this many scans wait for JavaScript (default 64). */
  readonly maxPendingBatches?: number;
  /** Scans are held back while the waiting batches hold this many bytes (default 64 MiB). */
  readonly maxPendingBytes?: number;
  /**
   * CPU time that the thread may take for each unit of time, above 0 and up to 1, which is all of one core. Where it takes
   * more, the intervals of all sources are stretched, to a thousand times their length at most. Default: no bound.
   */
  readonly cpuBudget?: number;
  /**
   * The longest that a scan waits to be handed over with others of its source, nanoseconds, up to 1e10 (default 0: each
   * is handed over by itself). One with a new key, a key that has gone or ended, or trouble does not wait.
   */
  readonly gatherNs?: number;
}

/** How listening for ends began: the receive buffer that was granted, or why there is none. */
export interface Listening {
  /** Bytes, as the kernel counts them. */
  readonly receiveBufferBytes?: number;
  /** Whether SO_RCVBUFFORCE was granted, which is not cut to net.core.rmem_max. */
  readonly forced?: boolean;
  /** Whether the kernel refused {@link EndEventsOptions.filter}, and the fallback was taken. */
  readonly fallbackFilter?: boolean;
  readonly failure?: ScanFailure;
}

/**
 * A thread of its own that scans its sources on absolute deadlines and hands over one batch a scan, or for several scans
 * that had nothing to tell.
 */
export interface Poller {
  /**
   * Begins to listen for ends and starts the thread; the first scan is at once.
   * @throws an Error with code `ERR_STATE` when started or stopped before, `ERR_THREAD` when the system has no thread or
   * file descriptor left, `ERR_SOCKET` when ends are required and cannot be listened for.
   */
  start(): void;
  /**
   * Ends the beat, makes one last scan of each source, and resolves when every batch has been delivered and the thread
   * has ended. Further calls return the same promise. A poller that never started resolves at once.
   */
  stop(): Promise<void>;
  /**
   * Adds a source, before the start or after. It is scanned, and its ends are listened for, like those of the options.
   * @returns its number, the lowest that is free
   * @throws an Error with code `ERR_NAMESPACE` when its namespace cannot be entered (`errno` EPERM without CAP_SYS_ADMIN,
   * EINVAL when the file is of none), `ERR_SOCKET` when its ends are required and cannot be listened for, `ERR_STATE`
   * when the poller was stopped before; TypeError for arguments of a wrong kind
   */
  addSource(source: SourceOptions): number;
  /**
   * Removes a source, which lets go of its namespace. A {@link RemovedBatch} tells when it is done, and of its keys.
   * @throws TypeError when there is no such source
   */
  removeSource(source: number): void;
  /** The last bytes seen under a key (with `nlmsghdr`), changed or not; a copy. Undefined when the key is not known. */
  latest(source: number, key: bigint): Uint8Array | undefined;
  /** Keys that are known of a source. */
  size(source: number): number;
  /** How listening for a source's ends began; undefined when it was not asked for, or before {@link start}. */
  listening(source: number): Listening | undefined;
  /** Scans only every `stride`th beat from now on, 1 to 1000; the others are counted in `beatsSlowed`. */
  setStride(stride: number): void;
}

/** A request for one dump, and a bound of its answer. */
export interface BoundedDumpRequest extends DumpRequest {
  /** The dump ends at the first message beyond so many bytes, 1 to 2^30 (default 2^30, beyond which it fails). */
  readonly maxBytes?: number;
}

/** The answer to {@link NetlinkAddon.dump}. */
export interface DumpResult {
  /** Whether {@link BoundedDumpRequest.maxBytes} ended the dump: there are more messages than these. */
  readonly isFull: boolean;
  readonly data: Uint8Array;
  /** Pairs (offset, length) into `data`. */
  readonly messages: Uint32Array;
  readonly way: number;
  readonly startNs: bigint;
  readonly endNs: bigint;
}

/** Why an operation of a {@link FileThread} failed. */
export interface FileFailure {
  /** Positive errno. */
  readonly errno: number;
  /**
   * `open`, `mkdir`, `pwrite`, `fstat` (with ENOENT: the open file has no name any more), `close`, `ftruncate`, `unlink`
   * or `access`.
   */
  readonly syscall: string;
  /** Whether the file ends where it ended before: false when it could not be cut back after half a write. */
  readonly sound: boolean;
}

/** Writes that did not reach the disk, of all since the sync before. */
export interface SyncFailure {
  /** Positive errno. */
  readonly errno: number;
  /** `syncfs`, `open` (of a folder), `sync_file_range` or `fdatasync`, whichever failed first. */
  readonly syscall: string;
  /** Descriptors, among those given, of files whose own writes failed: none when all that failed are of other files. */
  readonly failed: readonly number[];
}

/**
 * A thread that works on files, one operation after the other in the order of the calls. A disk that hangs holds up
 * this thread and nothing else: neither the event loop, nor libuv's pool, nor `process.exit()`. Promises resolve with a
 * descriptor (-1 when the file is closed), or with why there is none; they reject never. Bytes are kept until then, and
 * must neither change nor be transferred.
 * @throws TypeError for arguments of a wrong kind
 */
export interface FileThread {
  /**
   * Creates a file that is not there yet (else EEXIST), with the folders above it, and writes `bytes`. It appears with
   * them or not at all; when only the close failed, it stands. Modes are before the umask.
   */
  create(
    path: string,
    fileMode: number,
    folderMode: number,
    bytes: Uint8Array,
    closes: boolean,
  ): Promise<number | FileFailure>;
  /** Writes `bytes` at `at`, the file's end. Unless it was the close that failed, the file stays open then. */
  append(fd: number, at: number, bytes: Uint8Array, closes: boolean): Promise<number | FileFailure>;
  /** Closes a file, which is closed then even if the system reports an error. */
  close(fd: number): Promise<number | FileFailure>;
  /**
   * Cuts a file to `length`, or removes it where that is 0, and closes it: what is behind is not on the disk. `fd` is -1
   * when it is closed already.
   */
  discard(path: string, fd: number, length: number): Promise<number | FileFailure>;
  /**
   * Has everything written back that is on the file systems of some folders, and resolves with -1 when it is on their
   * disks. Also asks the open files `fds` for errors of their own, and syncs their file systems where those are others.
   * Folders stay open until a call without them: each is told once of every error since it was opened. One that is not
   * there is left out; one that cannot be opened is a failure, unless its file system is synced through another.
   */
  sync(folders: readonly string[], fds: readonly number[]): Promise<number | SyncFailure>;
  /** Whether there is something at a path: -1 if so, else why not (ENOENT), or why nobody knows. */
  exists(path: string): Promise<number | FileFailure>;
}

/**
 * A thread that compresses to zstd frames with the system's libzstd, one after the other in the order of the calls. Each
 * has a checksum and a window of 2 MiB, and states no content size: its first bytes are `28 b5 2f fd 04 58`.
 */
export interface CompressThread {
  /** The library's version, e.g. `1.5.4`. */
  readonly version: string;
  /**
   * The frame of the pieces, one behind the other: 1 to 2,097,152 bytes. They are kept until the promise settles, and must
   * neither change nor be transferred before.
   * @throws TypeError for anything else; rejects with an Error that has the library's words when it fails
   */
  compress(pieces: readonly Uint8Array[]): Promise<Buffer>;
}

/** Descriptors of listening TCP sockets, for {@link NetlinkAddon.listenTcp}'s caller to close. */
export interface ListeningSockets {
  /** Takes the connections of other machines; without `local` all. */
  readonly remote: number;
  /** Takes the connections of this machine, in a queue of their own. Absent where the kernel cannot tell them apart. */
  readonly local?: number;
}

export interface NetlinkAddon {
  readonly Poller: new (options: PollerOptions, onBatch: (batch: AnyBatch) => void) => Poller;
  /** @throws an Error with code `ERR_THREAD` when the system has no thread left */
  readonly FileThread: new () => FileThread;
  /**
   * @param level 1 to 19
   * @throws an Error with code `ERR_LIBRARY` when the system has no libzstd, `ERR_THREAD` when it has no thread left
   */
  readonly CompressThread: new (
    level: number,
  ) => CompressThread;
  /**
   * One dump, now, on a socket of its own; blocks the calling thread.
   * @throws an Error with `code` of {@link ScanFailure}, `errno` and `syscall` when it is not complete.
   */
  dump(request: BoundedDumpRequest): DumpResult;
  /** Whether two messages (with `nlmsghdr`) differ under the mask. A message that does not parse always differs. */
  differs(previous: Uint8Array, current: Uint8Array, shape: MessageShape): boolean;
  /**
   * Listens on a numeric address, `fe80::1%eth0` included; `::` takes IPv4 too. Each queue holds `backlog` connections,
   * and the kernel holds some 32 KiB of a connection that sends and some 128 KiB for one that does not read.
   * @throws an Error with code `ERR_SYSTEM`, `errno` and `syscall`: EADDRINUSE when another socket listens there
   */
  listenTcp(host: string, port: number, backlog: number): ListeningSockets;
  /**
   * Another descriptor of the same open file or socket, closed by exec.
   * @throws an Error with code `ERR_SYSTEM`, `errno` and `syscall`
   */
  duplicate(fd: number): number;
}
