/**
 * Reason why connection tracking cannot be read: a capability is missing (`ERR_PERMISSION`), the kernel has no
 * connection tracking (`ERR_NO_MODULE`), the table changed during each of three dumps (`ERR_INTERRUPTED`), the kernel
 * refused a request for another reason (`ERR_KERNEL`), or the tracker was closed (`ERR_CLOSED`).
 */
export type ConntrackErrorCode = 'ERR_PERMISSION' | 'ERR_NO_MODULE' | 'ERR_INTERRUPTED' | 'ERR_KERNEL' | 'ERR_CLOSED';

/** Error of a request to the kernel's connection tracking. Its message is one sentence for users. */
export class ConntrackError extends Error {
  override readonly name = 'ConntrackError';
  /** Reason, stable. */
  readonly code: ConntrackErrorCode;
  /** Positive errno; 0 if no system call failed. */
  readonly errno: number;

  constructor(
    message: string,
    details: { readonly code: ConntrackErrorCode; readonly errno?: number; readonly cause?: unknown },
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = details.code;
    this.errno = details.errno ?? 0;
  }
}
