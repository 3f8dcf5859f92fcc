/** Reason why a scan is incomplete. `code` is stable; `errno` is 0 if no system call failed. */
export interface ScanFailure {
  /**
   * Code of the failure: `ERR_SOCKET` (socket, bind, setsockopt), `ERR_NAMESPACE` (setns, or no thread to call it on),
   * `ERR_SEND`, `ERR_RECEIVE`, `ERR_TRUNCATED` (MSG_TRUNC; the receive buffer grows for the next scan), `ERR_REFUSED`
   * (NLMSG_ERROR), `ERR_DONE` (errno in NLMSG_DONE), `ERR_INTERRUPTED` (NLM_F_DUMP_INTR), `ERR_MALFORMED` (invalid
   * netlink framing), `ERR_TIMEOUT` (no answer within 5 s), `ERR_FULL` (the limit of 1 GiB per batch; the next scan
   * reports the rest).
   */
  readonly code: string;
  /** Positive errno, or 0. */
  readonly errno: number;
  /** The system call or message that failed: `socket`, `bind`, `sendto`, `recvmmsg`, `NLMSG_ERROR`, `NLMSG_DONE`, … */
  readonly op: string;
}
