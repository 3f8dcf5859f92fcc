import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { describeSystemError } from '../host/index.js';
import { makeFolder } from '../saver/index.js';

/** Thrown when the output folder cannot be made or written to. */
export class OutputFolderError extends Error {
  override readonly name = 'OutputError';
  readonly code = 'ERR_OUTPUT';

  constructor(
    readonly path: string,
    cause: unknown,
  ) {
    super(`output folder ${path} cannot be used: ${describeSystemError(cause)}`, { cause });
  }
}

/** Returns the folder mode for a file mode: x wherever the file has r. */
export function folderMode(fileMode: number): number {
  return fileMode | ((fileMode & 0o444) >> 2);
}

/**
 * Makes the output folder and checks at the start that archives can be made in it.
 * @param mode mode of a new output folder and of folders in it, before the umask
 * @throws OutputError
 */
export async function makeOutput(output: string, mode: number): Promise<void> {
  try {
    await makeFolder(output, mode);
    await access(output, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new OutputFolderError(output, error);
  }
}
