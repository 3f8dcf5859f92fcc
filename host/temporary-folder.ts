import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeSystemError } from './errors/index.js';

/** Thrown when no temporary folder can be made. The message names `TMPDIR`, which sets the place. */
export class TemporaryFolderError extends Error {
  override readonly name = 'TemporaryFolderError';
  readonly code = 'ERR_TEMPORARY_FOLDER';

  constructor(cause: unknown) {
    super(`TMPDIR=${tmpdir()}: ${describeSystemError(cause)}`, { cause });
  }
}

/**
 * Makes a temporary folder for data that does not fit into memory, and returns its path. The caller removes it.
 * @throws TemporaryFolderError
 */
export async function makeTemporaryFolder(prefix: string): Promise<string> {
  try {
    return await mkdtemp(join(tmpdir(), prefix));
  } catch (cause) {
    throw new TemporaryFolderError(cause);
  }
}

/** Runs `use` with a path where it may make a folder for data that does not fit into memory; removes it at the end. */
export async function withTemporaryPath<T>(use: (path: string) => Promise<T>): Promise<T> {
  const { randomUUID } = await import('node:crypto');
  const path = join(tmpdir(), `tcp-info-${randomUUID()}`);
  return await thenRemove(path, () => use(path));
}

/** Runs `use` and removes a folder at its end, also when a signal ends the process. */
export async function thenRemove<T>(path: string, use: () => Promise<T>): Promise<T> {
  const removeNow = (): void => rmSync(path, { recursive: true, force: true });
  process.once('exit', removeNow);
  try {
    return await use();
  } finally {
    removeNow();
    process.off('exit', removeNow);
  }
}
