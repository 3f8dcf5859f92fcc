import { getSystemErrorMap } from 'node:util';

/** Reason why a requested network namespace cannot be recorded. */
export type NamespaceErrorCode =
  /** No namespace has this name, path or process. */
  | 'ERR_NO_NAMESPACE'
  /** The file exists but is not a network namespace. */
  | 'ERR_NOT_A_NAMESPACE'
  /** The namespace cannot be inspected or entered. */
  | 'ERR_NAMESPACE';

/** Error of a requested network namespace that cannot be recorded. */
export class NamespaceError extends Error {
  override readonly name = 'NamespaceError';

  /** @param namespace as requested, e.g. `blue`, `/run/netns/blue` or `4711` */
  constructor(
    readonly namespace: string,
    readonly code: NamespaceErrorCode,
    reason: string,
    cause?: unknown,
  ) {
    super(`network namespace ${namespace}: ${reason}`, cause === undefined ? undefined : { cause });
  }
}

/** Returns the error for a namespace that the system refused, with advice. */
export function refusedNamespace(namespace: string, error: unknown): NamespaceError {
  const { code, errno, syscall } = describeRefusal(error);
  const advice = isForbidden(error)
    ? '; run the program as root, or with CAP_SYS_ADMIN and CAP_SYS_PTRACE in the user namespace that owns it'
    : '';
  const words = getSystemErrorMap().get(errno)?.[1] ?? String(error);
  return new NamespaceError(namespace, 'ERR_NAMESPACE', `${syscall}: ${words} (${code})${advice}`, error);
}

/** Returns whether an error means that a file does not exist. /proc reports ESRCH for a process that is ending. */
export function isAbsence(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'ESRCH'].includes(describeRefusal(error).code);
}

/** Returns whether an error means that this process lacks permission. */
export function isForbidden(error: unknown): boolean {
  return ['EPERM', 'EACCES'].includes(describeRefusal(error).code);
}

/** Returns name, number (negative, as in Node) and system call of an error of Node or of the addon. */
export function describeRefusal(error: unknown): { code: string; errno: number; syscall: string } {
  const { errno = 0, syscall = 'enter' } = error as NodeJS.ErrnoException;
  // The addon's numbers are positive.
  const negative = -Math.abs(errno);
  return { code: getSystemErrorMap().get(negative)?.[0] ?? 'unknown', errno: negative, syscall };
}
