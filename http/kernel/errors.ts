import { describeRefusal, refusedNamespace } from '../../host/namespaces/index.js';

/**
 * Reason why packets cannot be captured: CAP_NET_RAW is missing (`ERR_PERMISSION`), the kernel has no packet sockets
 * (`ERR_NO_MODULE`), an interface does not exist
 * (`ERR_NO_INTERFACE`), or the kernel refused something else (`ERR_KERNEL`).
 */
export type PacketCaptureErrorCode = 'ERR_PERMISSION' | 'ERR_NO_MODULE' | 'ERR_NO_INTERFACE' | 'ERR_KERNEL';

/** Error of a packet socket. Its message is one sentence for users. */
export class PacketCaptureError extends Error {
  override readonly name = 'PacketCaptureError';
  /** Reason, stable. */
  readonly code: PacketCaptureErrorCode;
  /** Positive errno; 0 if no system call failed. */
  readonly errno: number;

  constructor(message: string, code: PacketCaptureErrorCode, errno: number, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.errno = errno;
  }
}

/** Codes of errno values that mean a missing right, or a kernel without packet sockets. */
const CODES: Readonly<Record<string, keyof typeof WORDS>> = {
  EPERM: 'ERR_PERMISSION',
  EACCES: 'ERR_PERMISSION',
  EAFNOSUPPORT: 'ERR_NO_MODULE',
  ESOCKTNOSUPPORT: 'ERR_NO_MODULE',
};

const WORDS: Readonly<Record<Exclude<PacketCaptureErrorCode, 'ERR_NO_INTERFACE'>, (code: string) => string>> = {
  ERR_PERMISSION: () => 'needs CAP_NET_RAW in the user namespace that owns the network namespace',
  ERR_NO_MODULE: (code) => `the kernel has no packet sockets: modprobe af_packet (${code})`,
  ERR_KERNEL: (code) => `the kernel refuses (${code})`,
};

/**
 * Returns the error for a failure of the addon: a NamespaceError, a PacketCaptureError, or the given one.
 * @param namespace name of the network namespace, for a failure to enter it
 */
export function packetCaptureError(error: unknown, namespace: string): unknown {
  if (!(error instanceof Error)) return error;
  const { code, errno = 0, syscall } = error as NodeJS.ErrnoException;
  if (code === 'ERR_NAMESPACE') return refusedNamespace(namespace, error);
  if (syscall === undefined || errno === 0) return error;
  return captureFailure(errno, syscall, error);
}

/** Returns the error for an interface that does not exist. */
export function noInterface(name: string): PacketCaptureError {
  return new PacketCaptureError(`capture packets: there is no interface ${name}`, 'ERR_NO_INTERFACE', 0);
}

/** Returns the error for an errno with which the kernel refused a system call of a packet socket. */
export function captureFailure(errno: number, syscall: string, cause?: unknown): PacketCaptureError {
  const { code: name } = describeRefusal({ errno });
  const code = CODES[name] ?? 'ERR_KERNEL';
  const what = code === 'ERR_KERNEL' ? `capture packets: ${syscall}` : 'capture packets';
  const options = cause === undefined ? undefined : { cause };
  return new PacketCaptureError(`${what}: ${WORDS[code](name)}`, code, Math.abs(errno), options);
}
