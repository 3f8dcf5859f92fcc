/** What was being done when the event socket failed. */
export type EventSocketOperation = 'listen' | 'connect' | 'read' | 'parse';

/**
 * The event socket failed. `code` is the system's (`ECONNREFUSED`, `EACCES`, …) or one of
 * - `ERR_PATH`: the path is empty, too long for a unix socket, or holds a NUL
 * - `ERR_IN_USE`: somebody serves this path
 * - `ERR_NOT_SOCKET`: something that is not a socket stands at this path
 * - `ERR_STATE`: listen was called twice
 * - `ERR_LINE_TOO_LONG`: a server sent a line past the limit
 * - `ERR_TRUNCATED`: a server's stream ended within a line
 * - `ERR_MALFORMED`: a line is not an event
 */
export class EventSocketError extends Error {
  override readonly name = 'EventSocketError';
  readonly code: string;
  readonly op: EventSocketOperation;
  /** The socket's path; absent where a line is parsed by itself. */
  readonly path: string | undefined;

  constructor(op: EventSocketOperation, path: string | undefined, code: string, reason: string, cause?: unknown) {
    super(`${op} event${path === undefined ? '' : ` socket ${path}`}: ${reason} (${code})`, { cause });
    this.op = op;
    this.path = path;
    this.code = code;
  }

  /** From what a system call said; an EventSocketError stays as it is. */
  static from(op: EventSocketOperation, path: string, cause: unknown): EventSocketError {
    if (cause instanceof EventSocketError) {
      return cause;
    }
    const code = errorCode(cause) ?? 'ERR_UNKNOWN';
    return new EventSocketError(op, path, code, REASONS[code] ?? String(cause), cause);
  }
}

/** The `code` of a system error, if it is one. */
export function errorCode(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  ECONNREFUSED: 'nobody serves it',
  ECONNRESET: 'connection reset',
  ENOENT: 'no such file or directory',
  ENOTDIR: 'a part of the path is not a directory',
  ENOTSOCK: 'not a socket',
  EROFS: 'read-only file system',
};
