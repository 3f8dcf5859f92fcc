import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeSystemError } from '../../host/index.js';

/** No folder can be made where temporary ones go. The message names `TMPDIR`, by which that is chosen. */
export class TemporaryFolderError extends Error {
  override readonly name = 'TemporaryFolderError';
  readonly code = 'ERR_TEMPORARY_FOLDER';

  constructor(cause: unknown) {
    super(`TMPDIR=${tmpdir()}: ${describeSystemError(cause)}`, { cause });
  }
}

/**
 * Makes a folder for what does not fit into memory, which is to be removed; its path.
 * @throws TemporaryFolderError
 */
export async function makeTemporaryFolder(prefix: string): Promise<string> {
  try {
    return await mkdtemp(join(tmpdir(), prefix));
  } catch (cause) {
    throw new TemporaryFolderError(cause);
  }
}

/** Lets `use` make a folder of a path of its own when it needs one, for what does not fit into memory, and removes it. */
export async function withTemporaryPath<T>(use: (path: string) => Promise<T>): Promise<T> {
  const { randomUUID } = await import('node:crypto');
  const path = join(tmpdir(), `tcp-info-${randomUUID()}`);
  return await thenRemove(path, () => use(path));
}

/** Runs `use`, and removes a folder at its end; also where a signal ends the process. */
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
