import { constants } from 'node:os';
import { describeRefusal } from '../../host/namespaces/index.js';

/**
 * Reason why connection tracking cannot be read: a capability is missing (`ERR_PERMISSION`), the kernel has no
 * connection tracking (`ERR_NO_MODULE`), the table changed during each of three dumps (`ERR_INTERRUPTED`), the kernel
 * refused a request for another reason (`ERR_KERNEL`), or the tracker was closed (`ERR_CLOSED`).
 */
export type ConntrackErrorCode = 'ERR_PERMISSION' | 'ERR_NO_MODULE' | 'ERR_INTERRUPTED' | 'ERR_KERNEL' | 'ERR_CLOSED';

/** Details of a {@link ConntrackError}, besides its message. */
export interface ConntrackErrorDetails {
  readonly code: ConntrackErrorCode;
  /** Positive errno. Default: 0. */
  readonly errno?: number;
  readonly cause?: unknown;
}

/** Error of a request to the kernel's connection tracking. Its message is one sentence for users. */
export class ConntrackError extends Error {
  override readonly name = 'ConntrackError';
  /** Reason, stable. */
  readonly code: ConntrackErrorCode;
  /** Positive errno; 0 if no system call failed. */
  readonly errno: number;

  constructor(message: string, { code, errno = 0, cause }: ConntrackErrorDetails) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.errno = errno;
  }
}

const { EACCES, EPERM, ENOENT, EPROTONOSUPPORT, EINVAL, EAFNOSUPPORT } = constants.errno;
const NO_PERMISSION: readonly number[] = [EPERM, EACCES];
const NO_MODULE: readonly number[] = [ENOENT, EPROTONOSUPPORT, EAFNOSUPPORT];

/** Advice about a missing capability. */
export const NEEDS_CAPABILITY = 'needs CAP_NET_ADMIN in the user namespace that owns the network namespace';
const NEEDS_MODULE = 'the kernel has no connection tracking over netlink (module nf_conntrack_netlink)';

/** Question to the kernel, for {@link kernelError}. */
export interface Question {
  /** Operation in words, e.g. `list flows`. */
  readonly what: string;
  /** True if the request has no value that could be wrong: then EINVAL means that the subsystem does not exist. */
  readonly isPlain?: boolean;
}

/** Returns the error for a failure of the addon, or the given one if it is of another source. */
export function kernelError(error: unknown, question: Question): unknown {
  if (!(error instanceof Error) || error instanceof ConntrackError) return error;
  const { errno = 0, syscall } = error as NodeJS.ErrnoException;
  if (errno !== 0) return refusal(errno, question, error);
  if (syscall === undefined) return error;
  return new ConntrackError(`${question.what}: ${error.message}`, { code: 'ERR_KERNEL', cause: error });
}

/** Returns the error for an errno with which the kernel refused a request. */
export function refusal(errno: number, { what, isPlain = false }: Question, cause?: unknown): ConntrackError {
  const positive = Math.abs(errno);
  const details = { errno: positive, ...(cause === undefined ? {} : { cause }) };
  if (NO_PERMISSION.includes(positive)) {
    return new ConntrackError(`${what}: ${NEEDS_CAPABILITY}`, { code: 'ERR_PERMISSION', ...details });
  }
  if (NO_MODULE.includes(positive) || (isPlain && positive === EINVAL)) {
    return new ConntrackError(`${what}: ${NEEDS_MODULE}`, { code: 'ERR_NO_MODULE', ...details });
  }
  const { code } = describeRefusal({ errno: positive });
  return new ConntrackError(`${what}: the kernel refuses (${code})`, { code: 'ERR_KERNEL', ...details });
}
