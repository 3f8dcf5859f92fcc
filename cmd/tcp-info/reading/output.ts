import { open, rename, rm } from 'node:fs/promises';
import type { Writable } from 'node:stream';

/** Something that was asked for cannot be written. */
export class WriteError extends Error {
  override readonly name = 'WriteError';
  /** The system's, e.g. `ENOSPC`; `EPIPE` when the reader has gone. */
  readonly code: string;

  constructor(path: string, cause: NodeJS.ErrnoException) {
    super(`write ${path}: ${cause.message}`, { cause });
    this.code = cause.code ?? 'ERR_UNKNOWN';
  }
}

/**
 * Writes text to a file, or to standard output for `-`. A file is there with its whole content or as it was before.
 * @throws WriteError
 */
export async function writeOutput(path: string, text: string, stdout: Writable): Promise<void> {
  if (path === '-') {
    await new Promise<void>((resolve, reject) => {
      stdout.write(text, (error) => (error ? reject(new WriteError('standard output', error)) : resolve()));
    });
    return;
  }
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const file = await open(temporary, 'w');
    try {
      await file.writeFile(text);
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new WriteError(path, error as NodeJS.ErrnoException);
  }
}
