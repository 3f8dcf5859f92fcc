import { readSmallFile } from '../../files/index.js';
import { describeSystemError } from '../../host/errors/index.js';
import { ObjectStoreError } from './error.js';

/** Largest file of credentials: a token has some kilobytes. */
const MAX_BYTES = 1024 * 1024;

/** Reads a file of credentials. @throws ObjectStoreError */
export function readShortText(path: string): string {
  try {
    return readSmallFile(path, { maxBytes: MAX_BYTES }).toString();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'ERR_UNKNOWN';
    const details = { operation: 'credentials', on: path, kind: 'denied', code, cause: error } as const;
    throw new ObjectStoreError(describeSystemError(error), details);
  }
}
