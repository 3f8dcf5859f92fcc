/**
 * Error of a unix socket's file. `code` is the system's (`EACCES`, `ENOENT`, …) or one of
 * - `ERR_PATH`: the path is empty, too long for a unix socket, or contains a NUL
 * - `ERR_IN_USE`: another process serves this path
 * - `ERR_NOT_SOCKET`: a file that is not a socket exists at this path
 */
export class UnixSocketError extends Error {
  override readonly name = 'UnixSocketError';

  /** @param reason reason in words, without path and code */
  constructor(
    readonly path: string,
    readonly code: string,
    readonly reason: string,
    cause?: unknown,
  ) {
    super(`listen on unix:${path}: ${reason} (${code})`, { cause });
  }

  /** Converts an error of a system call; returns a UnixSocketError unchanged. */
  static from(path: string, cause: unknown): UnixSocketError {
    if (cause instanceof UnixSocketError) return cause;
    const code = errorCode(cause) ?? 'ERR_UNKNOWN';
    return new UnixSocketError(path, code, SOCKET_REASONS[code] ?? String(cause), cause);
  }
}

/** Returns the `code` of a system error; undefined for any other error. */
export function errorCode(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** System errors of unix sockets in words, by code. */
export const SOCKET_REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  ECONNREFUSED: 'no process serves it',
  ECONNRESET: 'connection reset',
  ENOENT: 'no such file or directory',
  ENOTDIR: 'a part of the path is not a directory',
  ENOTSOCK: 'not a socket',
  EROFS: 'read-only file system',
};
