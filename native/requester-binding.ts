/** Options of {@link Requester}. */
export interface RequesterOptions {
  /** Netlink protocol number, e.g. NETLINK_NETFILTER. */
  readonly protocol: number;
  /**
   * Open file of a network namespace, such as `/proc/PID/ns/net`. The addon duplicates it, so the caller may close it.
   * Entering the namespace needs CAP_SYS_ADMIN. Default: the namespace of this process.
   */
  readonly namespace?: number;
}

/** Messages in one array. */
export interface PackedMessages {
  /** Bytes of the messages, each with its `nlmsghdr`, aligned to 8 bytes. */
  readonly data: Uint8Array;
  /** Pairs (offset, length) into `data`, in the order of their arrival. Length is `nlmsg_len`. */
  readonly messages: Uint32Array;
}

/** Answers to the requests of {@link Requester.ask}. */
export interface Answers extends PackedMessages {
  /** For each message, the index of the request that it answers. */
  readonly requests: Uint32Array;
  /**
   * For each request, the positive errno with which the kernel refused it (ENOENT: no such object, EPERM: a capability
   * is missing), or 0.
   */
  readonly errnos: Uint16Array;
  /** Messages with another sequence number, port or sender. */
  readonly unrelated: number;
}

/** Request of one dump. */
export interface DumpOptions {
  /**
   * One netlink message (with `nlmsghdr`; the addon fills in `nlmsg_seq` and `nlmsg_pid`) with NLM_F_REQUEST and
   * NLM_F_DUMP.
   */
  readonly request: Uint8Array;
  /** `nlmsg_type` values of data messages. Others are discarded and counted. */
  readonly dataTypes: readonly number[];
  /** Size in bytes (1 to 64 MiB) from which a part is complete. Default: 256 KiB. */
  readonly partBytes?: number;
}

/** Part of the answer to a dump. The arrays belong to the caller. */
export interface DumpPart extends PackedMessages {
  /** True when the answer is complete. */
  readonly isLast: boolean;
  /**
   * True when the kernel's table changed during the dump (NLM_F_DUMP_INTR): messages may be missing or occur twice.
   * Known in the last part.
   */
  readonly isInterrupted: boolean;
  /** Messages of other types since the start of the dump. */
  readonly discarded: number;
  /** Messages with another sequence number, port or sender since the start of the dump. */
  readonly unrelated: number;
}

/**
 * A thread that sends requests and reads their answers, one operation after the other in the order of the calls.
 * Promises reject with an Error with `code` of `ScanFailure`, or `ERR_CLOSED` after {@link close}, `errno` and
 * `syscall`. The thread keeps the process alive only while there is work. Thread and files also end when the garbage
 * collector frees the object.
 */
export interface Requester {
  /**
   * Sends requests that are no dumps, and resolves with all answers. A refusal is a value, not an error. Many requests
   * share one datagram. Every request needs NLM_F_REQUEST; the addon fills in `nlmsg_seq` and `nlmsg_pid`, and adds
   * NLM_F_ACK where it needs it. One without NLM_F_ACK that changes something is also reported if it fails.
   * @param requests whole netlink messages one after the other, each aligned to 4 bytes
   * @throws TypeError for anything else
   */
  ask(requests: Uint8Array): Promise<Answers>;
  /**
   * Sends one request on the calling thread, and copies the message that answers it. The kernel answers while the
   * request is sent, so nothing waits: about 2 microseconds for one socket of sock_diag. For many requests at once,
   * {@link ask} takes less.
   * @param request one netlink message with NLM_F_REQUEST and no dump; the addon sends a copy with `nlmsg_seq` and
   * `nlmsg_pid`
   * @param answer receives the message, with its `nlmsghdr`
   * @returns the length of the message; the negative errno with which the kernel refused the request; 0 if it gave no
   * answer
   * @throws an Error with `code` of `ScanFailure` (`ERR_TRUNCATED`: the answer is longer), `ERR_CLOSED`; TypeError
   */
  askNow(request: Uint8Array, answer: Uint8Array): number;
  /**
   * Prepares a dump on a socket of its own. The first {@link nextPart} sends the request. `readDump` reads a whole dump.
   * @returns number of the dump
   * @throws TypeError for invalid arguments
   */
  startDump(options: DumpOptions): number;
  /**
   * Reads the next part of a dump. The kernel prepares messages only when they are read, so a slow reader costs no
   * memory. Several calls may wait at once. Resolves with undefined after the last part, or after a failure. Rejects
   * with code `ERR_REFUSED` and the kernel's errno when it refuses the dump (EPERM: a capability is missing).
   * @throws TypeError when there is no such dump
   */
  nextPart(dump: number): Promise<DumpPart | undefined>;
  /** Ends a dump, if necessary before its last part, and closes its socket. Does nothing for an unknown number. */
  endDump(dump: number): void;
  /**
   * Ends everything: the current operation gives up as soon as the kernel has answered its last receive, and all that
   * is pending or follows rejects with code `ERR_CLOSED`. Resolves when the thread has ended, and sockets and the
   * namespace's file are closed. Further calls return the same promise.
   */
  close(): Promise<void>;
}
