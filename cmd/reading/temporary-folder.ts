import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeSystemError } from './system-error.js';

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
