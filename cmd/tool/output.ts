import type { Writable } from 'node:stream';
import { describeSystemError } from '../../host/errors/index.js';

/** Thrown when output cannot be written. */
export class OutputError extends Error {
  override readonly name = 'OutputError';
  /** Code of the system error, e.g. `ENOSPC`; `EPIPE` when the reader has gone. */
  readonly code: string;

  /** @param target name of the output that failed, as the user knows it */
  constructor(cause: NodeJS.ErrnoException, target = 'standard output') {
    super(`write ${target}: ${describeSystemError(cause)}`, { cause });
    this.code = cause.code ?? 'ERR_UNKNOWN';
  }
}

/** Returns whether an error says that the reader of the output has gone: such as head, it has what it needs. */
export function hasReaderGone(error: unknown): boolean {
  return error instanceof OutputError && error.code === 'EPIPE';
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

/**
 * Writes the last or only text of a program.
 * @returns the exit code: 0, also when the reader has gone; 1 when the write failed, which is reported on `stderr`
 */
export async function writeAnswer(
  program: string,
  text: string,
  { stdout, stderr }: { readonly stdout: Writable; readonly stderr: Writable },
): Promise<0 | 1> {
  try {
    await write(stdout, Buffer.from(text));
    return 0;
  } catch (error) {
    if (!(error instanceof OutputError)) throw error;
    if (hasReaderGone(error)) return 0;
    stderr.write(`${program}: ${error.message}\n`);
    return 1;
  }
}
