import type { Writable } from 'node:stream';
import { describeSystemError } from '../../host/index.js';

/** The output cannot be written. */
export class OutputError extends Error {
  override readonly name = 'OutputError';
  /** The system's, e.g. `ENOSPC`; `EPIPE` when the reader has gone. */
  readonly code: string;

  /** @param target what could not be written, as the user knows it */
  constructor(cause: NodeJS.ErrnoException, target = 'standard output') {
    super(`write ${target}: ${describeSystemError(cause)}`, { cause });
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

/**
 * Writes a text that is all of a program's answer, or the last of it.
 * @returns the exit code: 0, also when the reader has gone; 1 when it cannot be written, which is said on `stderr`
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
    if (error.code === 'EPIPE') return 0; // whoever reads has seen enough
    stderr.write(`${program}: ${error.message}\n`);
    return 1;
  }
}
