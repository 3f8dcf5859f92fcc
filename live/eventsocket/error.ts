import { errorCode, SOCKET_REASONS, UnixSocketError } from '../../files/index.js';

/** Operation during which the event socket failed. */
export type EventSocketOperation = 'listen' | 'connect' | 'read' | 'parse';

/**
 * Error of the event socket. `code` is the system's (`ECONNREFUSED`, `EACCES`, …) or one of
 * - `ERR_PATH`: the path is empty, too long for a unix socket, or contains a NUL
 * - `ERR_IN_USE`: another process serves this path
 * - `ERR_NOT_SOCKET`: a file that is not a socket exists at this path
 * - `ERR_STATE`: listen was called twice
 * - `ERR_LINE_TOO_LONG`: a server sent a line longer than the limit
 * - `ERR_TRUNCATED`: a server's stream ended within a line
 * - `ERR_MALFORMED`: a line is not an event
 */
export class EventSocketError extends Error {
  override readonly name = 'EventSocketError';
  readonly code: string;
  readonly op: EventSocketOperation;
  /** Path of the socket; absent for an error of {@link parseEvent}. */
  readonly path: string | undefined;

  constructor(op: EventSocketOperation, path: string | undefined, code: string, reason: string, cause?: unknown) {
    super(`${op} event${path === undefined ? '' : ` socket ${path}`}: ${reason} (${code})`, { cause });
    this.op = op;
    this.path = path;
    this.code = code;
  }

  /** Converts an error of a system call; returns an EventSocketError unchanged. */
  static from(op: EventSocketOperation, path: string, cause: unknown): EventSocketError {
    if (cause instanceof EventSocketError) {
      return cause;
    }
    if (cause instanceof UnixSocketError) return new EventSocketError(op, path, cause.code, cause.reason, cause);
    const code = errorCode(cause) ?? 'ERR_UNKNOWN';
    return new EventSocketError(op, path, code, SOCKET_REASONS[code] ?? String(cause), cause);
  }
}
