import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { STREAM_KINDS } from './kinds.js';
import { FOLDER_MODE } from './open-segment.js';
import { StreamError } from './stream-error.js';

/**
 * Makes the folder of the stream with one for each kind, and checks that files can be made in them. Its parent must
 * exist: a file system that is not mounted is a mistake.
 * @throws StreamError
 */
export async function makeStreamFolders(output: string): Promise<void> {
  for (const path of [output, ...STREAM_KINDS.map((kind) => join(output, kind))]) {
    try {
      await mkdir(path, { mode: FOLDER_MODE });
    } catch (error) {
      if (!(error instanceof Error) || (error as NodeJS.ErrnoException).code !== 'EEXIST') {
        throw new StreamError('prepare', path, error);
      }
    }
    try {
      await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
    } catch (error) {
      throw new StreamError('prepare', path, error);
    }
  }
}
