/**
 * Types of the addon `netlink`. Its code is in `src/`, and `index.ts` loads it.
 *
 * The addon moves bytes. It frames netlink messages, keeps the last bytes of every key and compares them under a mask.
 * The caller defines what the bytes mean. {@link NetlinkAddon.MessageListener} and {@link NetlinkAddon.Requester}
 * do the same for any netlink protocol, without a table. Despite its name, the addon also does other work that Node
 * cannot do as needed: {@link FileThread} writes files, {@link CompressThread} compresses zstd frames,
 * {@link NetlinkAddon.PacketCapture} reads packets, {@link SocketOwners} reads the sockets of processes,
 * {@link NetlinkAddon.listenTcp} opens listening sockets, and {@link NetlinkAddon.Relay} relays TCP connections to
 * backends.
 */

import type { CaptureOptions, PacketBatch, PacketCapture } from './capture-binding.js';
import type { ScanFailure } from './failure-binding.js';
import type { LineFormatter } from './lines-binding.js';
import type { ListenerOptions, MessageBatch, MessageListener } from './listener-binding.js';
import type { LeftoverSpec, MessageShape } from './message-shape.js';
import type { SocketOwners } from './owners-binding.js';
import type { Relay, RelayBatch, RelayOptions } from './relay-binding.js';
import type { Requester, RequesterOptions } from './requester-binding.js';
import type { WatchBatch, Watcher, WatcherOptions } from './watch-binding.js';

/** Requests of a dump, and the message types that are data. */
export interface DumpRequest {
  /**
   * Open file of a network namespace, such as `/proc/PID/ns/net`. The addon duplicates it, so the caller may close it.
   * Entering the namespace needs CAP_SYS_ADMIN. Default: the namespace of this process. A source keeps its namespace
   * alive.
   */
  readonly namespace?: number;
  /** Netlink protocol number, e.g. NETLINK_SOCK_DIAG. */
  readonly protocol: number;
  /**
   * Query methods, best first. Each is one or more complete netlink messages (with `nlmsghdr`; the addon fills in
   * `nlmsg_seq` and `nlmsg_pid`), sent one after the other. Each message is a dump. The addon permanently changes to
   * the next method if the kernel refuses one with NLMSG_ERROR or a failed NLMSG_DONE before it returned any data, or
   * if a request is too long for a socket (EMSGSIZE). Temporary errors (EBUSY, EAGAIN, ENOMEM, ENOBUFS, EINTR) only
   * fail the scan; the next scan tries the method again.
   */
  readonly queryMethods: readonly (readonly Uint8Array[])[];
  /** `nlmsg_type` values of data messages. Others are discarded and counted. */
  readonly dataTypes: readonly number[];
  /**
   * Errno that means "no such objects" (ENOENT: no such family). A request refused with it counts as an empty answer
   * if another request of its query method succeeds.
   */
  readonly emptyErrno?: number;
}

/**
 * Subscription to multicast messages that report the end of keys. They have the shape of the source's messages. An end
 * event removes its key from the table. While subscribed, a key without an event is gone only after `graceScans`.
 */
export interface DestroyEventsOptions {
  /** Multicast groups of the source's protocol, bit `1 << (group - 1)`. */
  readonly groups: number;
  /** `nlmsg_type` values of the messages. Others are discarded and counted. */
  readonly dataTypes: readonly number[];
  /**
   * Size of the receive buffer in bytes, as the kernel counts: each message with its overhead. SO_RCVBUFFORCE is tried
   * first (needs CAP_NET_ADMIN), then SO_RCVBUF, which the kernel limits to twice net.core.rmem_max.
   */
  readonly receiveBufferBytes: number;
  /** Classic BPF (`struct sock_filter`, 8 bytes each) for every message with its `nlmsghdr`; empty: no filter. */
  readonly filter: Uint8Array;
  /** Filter to attach if the kernel refuses `filter`, e.g. for its size (net.core.optmem_max). */
  readonly fallbackFilter?: Uint8Array;
  /** Number of complete scans, after the first one without it, before a key counts as gone. */
  readonly graceScans: number;
  /** True when {@link Poller.start} must fail if the groups cannot be joined. */
  readonly required: boolean;
}

/** Options of one source, which is scanned on a beat. */
export interface SourceOptions extends DumpRequest, MessageShape {
  /** Time between scans in nanoseconds, 1e6 to 3.6e12. */
  readonly intervalNs: number;
  /**
   * Time between scans while no key is known, in nanoseconds, at least `intervalNs`. A scan that finds a key, or an end
   * event, restores the normal beat. Default: `intervalNs`.
   */
  readonly idleIntervalNs?: number;
  /**
   * Header byte, and those of its values that each scan counts, e.g. the address family. `filter` is classic BPF as in
   * {@link DestroyEventsOptions.filter}, which the addon runs itself: messages that it rejects are not counted. It is
   * run for each new or changed message. It knows the instructions that `assembleMessageProgram` writes.
   */
  readonly tally?: { readonly offset: number; readonly values: readonly number[]; readonly filter?: Uint8Array };
  readonly destroyEvents?: DestroyEventsOptions;
  readonly leftovers?: readonly LeftoverSpec[];
}

/** Filters of a source that can be replaced while it runs. */
export interface SourceFilters {
  /** Query methods instead of those before: as many, with as many requests each. The kernel must accept the same ones. */
  readonly queryMethods: DumpRequest['queryMethods'];
  /** Filter of the tally; empty: none. */
  readonly tally: Uint8Array;
  /** {@link DestroyEventsOptions.filter}; if the kernel refuses it, the fallback filter is attached. */
  readonly events: Uint8Array;
}

/** Keys whose end the kernel reported. `data` and `messages` are valid only until the callback returns. */
export interface DestroyedKeys {
  /** Bytes of the events and of the last known messages, each with its `nlmsghdr`, aligned to 8 bytes. */
  readonly data: Uint8Array;
  /**
   * Four numbers for each end, in the order of the events: offset and length of the event, then offset and length of
   * the last bytes that a scan saw for its key. That length is 0 if no scan saw the key, or if it was reported gone.
   */
  readonly messages: Uint32Array;
  /** For each end, the last scan that saw its key; 0 if the last bytes have length 0. */
  readonly lastScans: Uint32Array;
  /** CLOCK_REALTIME in nanoseconds just after the last event was received; 0 without a subscription. */
  readonly takenNs: bigint;
  /** Number of overruns of the kernel's queue (ENOBUFS). The source is scanned again at once. */
  readonly overruns: number;
  /** Events that the kernel dropped, by its own counter. */
  readonly lost: number;
  /** Messages that were too short, of another type, or not from the kernel. */
  readonly discarded: number;
  /** Set when the event socket failed, and by each scan that could not reopen it. */
  readonly failure?: ScanFailure;
}

/** Destroy events between two scans. */
export interface DestroyedBatch {
  readonly kind: 'destroyed';
  readonly source: number;
  /** Number of scans that wait after this batch. */
  readonly pending: number;
  readonly destroyed: DestroyedKeys;
}

/** Last batch of a removed source. `gone` is valid only until the callback returns. */
export interface RemovedBatch {
  readonly kind: 'removed';
  /** Number of the source. {@link Poller.addSource} may reuse it after the callback has returned. */
  readonly source: number;
  /** Number of scans that wait after this batch. */
  readonly pending: number;
  /** Destroy events up to the removal. */
  readonly destroyed: DestroyedKeys;
  /** All other known keys. */
  readonly gone: BigUint64Array;
}

/** Statistics of one scan. */
export interface ScanFigures {
  /** 1 for the source's first scan, then 2, 3, … */
  readonly scan: number;
  /** CLOCK_REALTIME in nanoseconds just before the first request. */
  readonly startNs: bigint;
  /** CLOCK_REALTIME in nanoseconds just after the last answer. */
  readonly endNs: bigint;
  /** Duration of the scan, in monotonic nanoseconds. */
  readonly durationNs: number;
  /** Duration of each request's dump, in the order of the requests, in monotonic nanoseconds. */
  readonly requestNs: readonly number[];
  /** Time from the start of the previous scan to that of this one, in monotonic nanoseconds; 0 for the first scan. */
  readonly intervalNs: number;
  /** Delay of the scan's start, in monotonic nanoseconds; 0 for the last scan, which has no deadline. */
  readonly lateNs: number;
  /**
   * Time from this scan to the next, in nanoseconds: the source's interval times the stride, stretched if scans take
   * too long or too much CPU time.
   */
  readonly effectiveIntervalNs: number;
  /** Beats without a scan since the previous batch because scans took too long or the thread did not get CPU time. */
  readonly beatsMissed: number;
  /** Beats without a scan since the previous batch because too many earlier batches waited for JavaScript. */
  readonly beatsHeld: number;
  /** Beats without a scan since the previous batch because of {@link Poller.setStride}. */
  readonly beatsSlowed: number;
  /** Beats without a scan since the previous batch because of {@link PollerOptions.cpuBudget}. */
  readonly beatsLimited: number;
  /** Number of scans that wait after this one. */
  readonly pending: number;
  /** Index of the used method in {@link DumpRequest.queryMethods}. */
  readonly queryMethod: number;
  /** Absent when the scan is complete. An incomplete scan reports changes but no `gone`. */
  readonly failure?: ScanFailure;
  /** Number of data messages. */
  readonly seen: number;
  /** Number of messages with each value of the tally, in the order of its values. */
  readonly tally: Uint32Array;
  /** Messages that were too short or of another type. */
  readonly discarded: number;
  /** Messages with another sequence number, port or sender: of an earlier dump or another program. */
  readonly unrelated: number;
}

/** Result of one scan. `data`, `changed`, `gone` and `tally` are valid only until the callback returns. */
export interface Batch extends ScanFigures {
  readonly kind: 'scan';
  /** Index of the source in {@link PollerOptions.sources}, or the number from {@link Poller.addSource}. */
  readonly source: number;
  /** Destroy events up to the end of the scan. They are later than `changed`, and not in `gone`. */
  readonly destroyed: DestroyedKeys;
  /** Bytes of the changed and new messages, each with its `nlmsghdr`, aligned to 8 bytes. */
  readonly data: Uint8Array;
  /** Pairs (offset, length) into `data`, in the order of the dump. Length is `nlmsg_len`. */
  readonly changed: Uint32Array;
  /**
   * Known keys that are missing in this complete scan and, if subscribed to destroy events, in the
   * {@link DestroyEventsOptions.graceScans} complete scans before it.
   */
  readonly gone: BigUint64Array;
}

/** Names of the numbers in {@link QuietBatch.figures}, in the order of `QuietFigures` in `src/table/batch.h`. */
export const QUIET_FIGURES = [
  'durationNs',
  'intervalNs',
  'lateNs',
  'effectiveIntervalNs',
  'beatsMissed',
  'beatsHeld',
  'beatsSlowed',
  'beatsLimited',
  'seen',
] as const satisfies readonly (keyof ScanFigures)[];

/** Name of a number in {@link QuietBatch.figures}. */
export type QuietFigure = (typeof QUIET_FIGURES)[number];

/**
 * Consecutive scans of one source that were complete and have nothing to report: no change, no end, nothing discarded.
 * `readQuietScans` reads them. The arrays are valid only until the callback returns.
 */
export interface QuietBatch {
  readonly kind: 'quiet';
  readonly source: number;
  /** Number of scans that wait after these. */
  readonly pending: number;
  /** Number of the first scan; the others follow it. */
  readonly scan: number;
  /** Number of scans, at least 1. */
  readonly count: number;
  readonly queryMethod: number;
  /** Number of requests of each scan. */
  readonly requests: number;
  /** `startNs` and `endNs` of each scan. */
  readonly timesNs: BigUint64Array;
  /** For each scan, the numbers of {@link QUIET_FIGURES}, then `requestNs`. */
  readonly figures: Float64Array;
  /** `tally` of each scan. */
  readonly tally: Uint32Array;
}

/** Any batch of a poller. */
export type AnyBatch = Batch | QuietBatch | DestroyedBatch | RemovedBatch;

/** Options of {@link Poller}. */
export interface PollerOptions {
  /** Sources to scan, at least one. The scans of several sources are some milliseconds apart. */
  readonly sources: readonly SourceOptions[];
  /** Number of waiting scans from which no scan is made (default 64). */
  readonly maxPendingBatches?: number;
  /** Bytes of waiting batches from which no scan is made (default 64 MiB). */
  readonly maxPendingBytes?: number;
  /**
   * CPU time per real time that the thread may use, above 0 and up to 1 (one full core). To keep to it, the intervals
   * of all sources are stretched, by at most a factor of 1000. Default: no limit.
   */
  readonly cpuBudget?: number;
  /**
   * Longest time that a scan waits to be delivered with others of its source, in nanoseconds, up to 1e10 (default 0:
   * scans do not wait). A scan with a new, gone or ended key or an error is delivered at once.
   */
  readonly gatherNs?: number;
}

/** Result of the subscription to destroy events: the receive buffer, or a failure. */
export interface Listening {
  /** Size of the receive buffer in bytes, as the kernel counts. */
  readonly receiveBufferBytes?: number;
  /** True when SO_RCVBUFFORCE succeeded, which net.core.rmem_max does not limit. */
  readonly forced?: boolean;
  /** True when the kernel refused {@link DestroyEventsOptions.filter}, and the fallback filter is attached. */
  readonly fallbackFilter?: boolean;
  readonly failure?: ScanFailure;
}

/**
 * A thread that scans its sources on absolute deadlines. It delivers one batch per scan, or one for several scans
 * without news.
 */
export interface Poller {
  /**
   * Subscribes to destroy events and starts the thread, which scans at once.
   * @throws an Error with code `ERR_STATE` when started or stopped before, `ERR_THREAD` when the system has no thread
   * or file descriptor left, `ERR_SOCKET` when required destroy events are unavailable.
   */
  start(): void;
  /**
   * Ends the beat, makes one last scan of each source, and resolves when every batch has been delivered and the thread
   * has ended. Further calls return the same promise. A poller that never started resolves at once.
   */
  stop(): Promise<void>;
  /**
   * Adds a source, before or after the start. It is treated like the sources of the options.
   * @returns the lowest free source number
   * @throws an Error with code `ERR_NAMESPACE` when its namespace cannot be entered (`errno` EPERM without
   * CAP_SYS_ADMIN, EINVAL when the file is not a namespace), `ERR_SOCKET` when its required destroy events are
   * unavailable, `ERR_STATE` when the poller was stopped before; TypeError for invalid arguments
   */
  addSource(source: SourceOptions): number;
  /**
   * Removes a source and releases its namespace. A {@link RemovedBatch} reports the end, and the source's keys.
   * @throws TypeError when there is no such source
   */
  removeSource(source: number): void;
  /** Returns a copy of a key's last bytes (with `nlmsghdr`), changed or not; undefined for an unknown key. */
  latest(source: number, key: bigint): Uint8Array | undefined;
  /** Returns the number of known keys of a source. */
  size(source: number): number;
  /** Returns the result of a source's subscription to destroy events; undefined without one or before {@link start}. */
  listening(source: number): Listening | undefined;
  /**
   * Replaces the filters of a source from its next scan on.
   * @throws TypeError when there is no such source, or when the query methods do not fit
   */
  setFilters(source: number, filters: SourceFilters): void;
  /** Scans only every `stride`th beat from now on (1 to 1000). The others are counted in `beatsSlowed`. */
  setStride(stride: number): void;
}

/** A request for one dump, with a size limit for its answer. */
export interface BoundedDumpRequest extends DumpRequest {
  /** Size in bytes (1 to 2^30) after which the dump ends. Default: 2^30, and a larger answer is an error. */
  readonly maxBytes?: number;
}

/** Result of {@link NetlinkAddon.dump}. */
export interface DumpResult {
  /** True when {@link BoundedDumpRequest.maxBytes} ended the dump: there are more messages than these. */
  readonly isFull: boolean;
  readonly data: Uint8Array;
  /** Pairs (offset, length) into `data`. */
  readonly messages: Uint32Array;
  readonly queryMethod: number;
  readonly startNs: bigint;
  readonly endNs: bigint;
}

/** Failure of an operation of a {@link FileThread}. */
export interface FileFailure {
  /** Positive errno. */
  readonly errno: number;
  /**
   * `open`, `mkdir`, `pwrite`, `fstat` (with ENOENT: the open file was removed), `close`, `ftruncate`, `unlink` or
   * `access`.
   */
  readonly syscall: string;
  /** True when the file has the same length as before; false when it could not be cut back after a partial write. */
  readonly sound: boolean;
}

/** Failure of writes since the previous sync: they did not reach the disk. */
export interface SyncFailure {
  /** Positive errno. */
  readonly errno: number;
  /** First system call that failed: `syncfs`, `open` (of a folder), `sync_file_range` or `fdatasync`. */
  readonly syscall: string;
  /** Given descriptors whose own writes failed. Empty if only writes of other files failed. */
  readonly failed: readonly number[];
}

/**
 * A thread that works on files, one operation after the other in the order of the calls. A disk that hangs blocks only
 * this thread: not the event loop, libuv's pool or `process.exit()`. Promises resolve with a descriptor (-1 when the
 * file is closed) or with a failure, and never reject. Until then the bytes must not be changed or transferred.
 * @throws TypeError for invalid arguments
 */
export interface FileThread {
  /**
   * Creates a new file (else EEXIST), with its parent folders, and writes `bytes`. If the bytes cannot be written, the
   * file is removed again. If only the close failed, the file stays. Modes are before the umask.
   */
  create(
    path: string,
    fileMode: number,
    folderMode: number,
    bytes: Uint8Array,
    closes: boolean,
  ): Promise<number | FileFailure>;
  /** Writes `bytes` at `at`, the end of the file. After a failure the file is still open, unless the close failed. */
  append(fd: number, at: number, bytes: Uint8Array, closes: boolean): Promise<number | FileFailure>;
  /** Closes a file. The file is closed even if the system reports an error. */
  close(fd: number): Promise<number | FileFailure>;
  /**
   * Cuts a file to `length`, or removes it if that is 0, and closes it. Used when the rest is not on the disk. `fd` is
   * -1 if the file is closed already.
   */
  discard(path: string, fd: number, length: number): Promise<number | FileFailure>;
  /**
   * Writes back everything on the file systems of some folders, and resolves with -1 when it is on their disks. Also
   * checks the open files `fds` for errors of their own, and syncs their file systems if those differ. Folders stay
   * open until a call without them, because the kernel reports every error once to each open folder. A folder that does
   * not exist is skipped. One that cannot be opened is a failure, unless its file system is synced through another.
   */
  sync(folders: readonly string[], fds: readonly number[]): Promise<number | SyncFailure>;
  /** Checks whether a path exists: -1 if so; ENOENT if not; another failure if this is unknown. */
  exists(path: string): Promise<number | FileFailure>;
}

/**
 * A thread that compresses zstd frames with the system's libzstd, in the order of the calls. Each frame has a checksum,
 * a window of 2 MiB and no content size: its first bytes are `28 b5 2f fd 04 58`.
 */
export interface CompressThread {
  /** Version of the library, e.g. `1.5.4`. */
  readonly version: string;
  /**
   * Compresses the pieces, joined (1 to 2,097,152 bytes), to one frame. They must not be changed or transferred until
   * the promise settles. Rejects with an Error that has the library's message when it fails.
   * @throws TypeError for invalid pieces
   */
  compress(pieces: readonly Uint8Array[]): Promise<Buffer>;
}

/** Descriptors of listening TCP sockets. The caller of {@link NetlinkAddon.listenTcp} closes them. */
export interface ListeningSockets {
  /** Socket for connections from other machines; without `local`, for all connections. */
  readonly remote: number;
  /** Socket for connections from this machine, with a separate queue. Absent if the kernel cannot distinguish them. */
  readonly local?: number;
}

/** Exports of the addon. */
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
   * @param proc folder where procfs is mounted
   * @throws an Error with code `ERR_THREAD` when the system has no thread left
   */
  readonly SocketOwners: new (
    proc: string,
  ) => SocketOwners;
  /**
   * @param onBatch receives each batch, in order
   * @throws an Error with code `ERR_SOCKET`, `errno` and `syscall` when the socket cannot be opened or bound (EPERM: a
   * capability is missing), `ERR_NAMESPACE`, or `ERR_THREAD`; TypeError for invalid arguments
   */
  readonly MessageListener: new (
    options: ListenerOptions,
    onBatch: (batch: MessageBatch) => void,
  ) => MessageListener;
  /**
   * Starts to capture. The thread also ends at the end of the environment.
   * @param onBatch called in order for each batch; an exception becomes an `uncaughtException`
   * @throws an Error with code `ERR_SOCKET` (`errno` EPERM without CAP_NET_RAW, EINVAL for a filter that the kernel
   * refuses, ENODEV when there is no such interface), `ERR_NAMESPACE` when the namespace cannot be entered, `ERR_THREAD`
   * when the system has no thread or file descriptor left; TypeError for invalid arguments
   */
  readonly PacketCapture: new (
    options: CaptureOptions,
    onBatch: (batch: PacketBatch) => void,
  ) => PacketCapture;
  /** Starts no thread. */
  readonly LineFormatter: new () => LineFormatter;
  /** @throws an Error with code `ERR_THREAD` when the system has no thread left; TypeError for invalid arguments */
  readonly Requester: new (
    options: RequesterOptions,
  ) => Requester;
  /**
   * Starts its thread, which waits for objects to read.
   * @param onBatch receives each batch, in order; an exception becomes an `uncaughtException`
   * @throws an Error with code `ERR_THREAD` when the system has no thread or file descriptor left; TypeError for
   * invalid arguments
   */
  readonly Watcher: new (
    options: WatcherOptions,
    onBatch: (batch: WatchBatch) => void,
  ) => Watcher;
  /**
   * Starts no thread before the first `listen`.
   * @param onEvents receives each batch of events, in order
   * @throws TypeError for invalid arguments
   */
  readonly Relay: new (
    options: RelayOptions,
    onEvents: (batch: RelayBatch) => void,
  ) => Relay;
  /**
   * Makes one dump on a new socket, and blocks the calling thread until its end.
   * @throws an Error with `code` of {@link ScanFailure}, `errno` and `syscall` when the dump is incomplete.
   */
  dump(request: BoundedDumpRequest): DumpResult;
  /** Returns whether two messages (with `nlmsghdr`) differ under the mask. An invalid message always differs. */
  differs(previous: Uint8Array, current: Uint8Array, shape: MessageShape): boolean;
  /**
   * Listens on a numeric address, for example `fe80::1%eth0`; `::` also accepts IPv4. Each queue holds `backlog`
   * connections. The kernel buffers about 32 KiB from a client that sends, about 128 KiB for one that does not read.
   * @throws an Error with code `ERR_SYSTEM`, `errno` and `syscall`: EADDRINUSE when another socket listens there
   */
  listenTcp(host: string, port: number, backlog: number): ListeningSockets;
  /**
   * Duplicates a descriptor of an open file or socket, with close-on-exec.
   * @throws an Error with code `ERR_SYSTEM`, `errno` and `syscall`
   */
  duplicate(fd: number): number;
  /**
   * Returns whether a reader is left for what is written to a pipe, a socket or a terminal: false after the other end
   * was closed. Always true for files.
   */
  hasReader(fd: number): boolean;
  /**
   * Returns whether any descriptor of the machine is open for writing to the file behind `fd`, a descriptor that is
   * open for reading only: a read lease (`F_SETLEASE`, fcntl(2)) is taken, and given back at once.
   * @throws an Error with code `ERR_SYSTEM`, `errno` and `syscall`: EACCES for a file of another user without
   * CAP_LEASE, EINVAL or ENOLCK where the file system has no leases or the file is not a regular one
   */
  isOpenForWriting(fd: number): boolean;
  /**
   * Locks the file behind `fd` for this process (flock(2), exclusive) and returns true; false if another open
   * description has the lock. The lock ends with the last duplicate of `fd`, so a crash releases it.
   * @throws an Error with code `ERR_SYSTEM`, `errno` and `syscall`
   */
  lockFile(fd: number): boolean;
}
