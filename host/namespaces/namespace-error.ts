import { getSystemErrorMap } from 'node:util';

/** Why a network namespace that was asked for cannot be had. */
export type NamespaceErrorCode =
  /** There is none of this name, path or process. */
  | 'ERR_NO_NAMESPACE'
  /** There is something, and it is no network namespace. */
  | 'ERR_NOT_A_NAMESPACE'
  /** It cannot be looked at or entered. */
  | 'ERR_NAMESPACE';

/** A network namespace that was asked for cannot be recorded. */
export class NamespaceError extends Error {
  override readonly name = 'NamespaceError';

  /** @param namespace as it was asked for, e.g. `blue`, `/run/netns/blue` or `4711` */
  constructor(
    readonly namespace: string,
    readonly code: NamespaceErrorCode,
    reason: string,
    cause?: unknown,
  ) {
    super(`network namespace ${namespace}: ${reason}`, cause === undefined ? undefined : { cause });
  }
}

/** The error for what the system refused, with what to do about it. */
export function refusedNamespace(namespace: string, error: unknown): NamespaceError {
  const { code, errno, syscall } = describeRefusal(error);
  const advice = isForbidden(error)
    ? '; run the program as root, or with CAP_SYS_ADMIN and CAP_SYS_PTRACE in the namespace of users that owns it'
    : '';
  const words = getSystemErrorMap().get(errno)?.[1] ?? String(error);
  return new NamespaceError(namespace, 'ERR_NAMESPACE', `${syscall}: ${words} (${code})${advice}`, error);
}

/** Whether the system says that something is not there (any more). ESRCH is what /proc says of a process that ends. */
export function isAbsence(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'ESRCH'].includes(describeRefusal(error).code);
}

/** Whether the system says that this process may not. */
export function isForbidden(error: unknown): boolean {
  return ['EPERM', 'EACCES'].includes(describeRefusal(error).code);
}

/** A system error by name and number (negative, as Node has it), whoever threw it. */
export function describeRefusal(error: unknown): { code: string; errno: number; syscall: string } {
  const { errno = 0, syscall = 'enter' } = error as NodeJS.ErrnoException;
  // The addon's are positive.
  const negative = -Math.abs(errno);
  return { code: getSystemErrorMap().get(negative)?.[0] ?? 'unknown', errno: negative, syscall };
}
