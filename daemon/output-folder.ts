import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { describeSystemError } from '../host/index.js';
import { makeFolder } from '../saver/index.js';

/** The output folder cannot be made or written to. */
export class OutputError extends Error {
  override readonly name = 'OutputError';
  readonly code = 'ERR_OUTPUT';

  constructor(
    readonly path: string,
    cause: unknown,
  ) {
    super(`output folder ${path} cannot be used: ${describeSystemError(cause)}`, { cause });
  }
}

/** The mode of folders whose files have this one: who may read them may go there. */
export function folderMode(fileMode: number): number {
  return fileMode | ((fileMode & 0o444) >> 2);
}

/**
 * Makes the output folder and checks that archives can be made in it: better now than at the first connection.
 * @param mode of the folder where it is made, before the umask: that of the folders in it
 * @throws OutputError
 */
export async function makeOutput(output: string, mode: number): Promise<void> {
  try {
    await makeFolder(output, mode);
    await access(output, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new OutputError(output, error);
  }
}
