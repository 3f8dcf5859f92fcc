import type { Writable } from 'node:stream';

/** The output cannot be written. */
export class OutputError extends Error {
  override readonly name = 'OutputError';
  /** The system's, e.g. `ENOSPC`; `EPIPE` when the reader has gone. */
  readonly code: string;

  /** @param path what was written to */
  constructor(cause: NodeJS.ErrnoException, path = 'standard output') {
    super(`write ${path}: ${cause.message}`, { cause });
    this.code = cause.code ?? 'ERR_UNKNOWN';
  }
}

/**
 * Writes bytes and waits until the stream has passed them on.
 * @throws OutputError
 */
export async function write(stream: Writable, bytes: Uint8Array): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    stream.write(bytes, (error) => (error ? reject(new OutputError(error)) : resolve()));
  });
}
