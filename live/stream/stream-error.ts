import { describeSystemError } from '../../host/errors/index.js';

/** Operation on the folder of the stream. */
export type StreamOperation = 'prepare' | 'lock' | 'list' | 'create' | 'write' | 'sync' | 'close' | 'rename' | 'delete';

/** Error when the folder of the stream, or a segment, cannot be worked on. */
export class StreamError extends Error {
  override readonly name = 'StreamError';
  readonly code = 'ERR_STREAM';

  /** @param cause the system's error, or its text */
  constructor(
    readonly operation: StreamOperation,
    readonly path: string,
    cause: unknown,
  ) {
    const reason = typeof cause === 'string' ? cause : describeSystemError(cause);
    super(`stream: cannot ${operation} ${path}: ${reason}`, { cause });
  }
}
