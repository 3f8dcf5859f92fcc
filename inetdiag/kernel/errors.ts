import { describeRefusal, refusedNamespace } from '../../host/namespaces/index.js';

/** Reason why the kernel cannot be asked for sockets: a capability is missing, it has no inet_diag, or another one. */
export type SockDiagErrorCode = 'ERR_PERMISSION' | 'ERR_NO_MODULE' | 'ERR_KERNEL';

/** Error of a request to the kernel's sock_diag. Its message is one sentence for users. */
export class SockDiagError extends Error {
  override readonly name = 'SockDiagError';
  /** Reason, stable. */
  readonly code: SockDiagErrorCode;
  /** Positive errno; 0 if no system call failed. */
  readonly errno: number;

  constructor(message: string, code: SockDiagErrorCode, errno: number, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.errno = errno;
  }
}

/** Codes of errno values that mean a missing right, or a kernel without inet_diag. */
const CODES: Readonly<Record<string, SockDiagErrorCode>> = {
  EPERM: 'ERR_PERMISSION',
  EACCES: 'ERR_PERMISSION',
  ENOENT: 'ERR_NO_MODULE',
  EPROTONOSUPPORT: 'ERR_NO_MODULE',
  EAFNOSUPPORT: 'ERR_NO_MODULE',
};

const WORDS: Readonly<Record<SockDiagErrorCode, (code: string) => string>> = {
  ERR_PERMISSION: (code) => `the system does not allow it (${code})`,
  ERR_NO_MODULE: (code) => `the kernel has no inet_diag for TCP: modprobe tcp_diag (${code})`,
  ERR_KERNEL: (code) => `the kernel refuses (${code})`,
};

/**
 * Returns the error for a failure of the addon: a NamespaceError, a SockDiagError, or the given one.
 * @param what operation in words, e.g. `list sockets`
 * @param namespace name of the network namespace, for a failure to enter it
 */
export function sockDiagError(error: unknown, what: string, namespace: string): unknown {
  if (!(error instanceof Error)) return error;
  const { code, errno = 0, syscall } = error as NodeJS.ErrnoException;
  if (code === 'ERR_NAMESPACE') return refusedNamespace(namespace, error);
  if (syscall === undefined) return error;
  if (errno === 0) return new SockDiagError(`${what}: ${error.message}`, 'ERR_KERNEL', 0, { cause: error });
  const name = describeRefusal(error).code;
  const kind = CODES[name] ?? 'ERR_KERNEL';
  return new SockDiagError(`${what}: ${WORDS[kind](name)}`, kind, Math.abs(errno), { cause: error });
}
