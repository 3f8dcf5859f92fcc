import { randomUUID } from 'node:crypto';
import { closeSync, constants, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describeSystemError } from '../../host/errors/index.js';
import { netlink } from '../../native/index.js';

/** Thrown when the kernel cannot be asked whether a file is open for writing. */
export class LeaseError extends Error {
  override readonly name = 'LeaseError';
}

/**
 * Checks that the kernel says of files in a folder whether they are open for writing: with a file that is, and then is
 * not. Without this an archive that is being written would be uploaded, and deleted.
 * @throws LeaseError
 */
export function checkLeases(folder: string): void {
  const path = join(folder, `.tcp-info-upload-${randomUUID()}`);
  let reader: number | undefined;
  let writer: number | undefined;
  try {
    writer = openSync(path, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600);
    reader = openSync(path, constants.O_RDONLY);
    const whileOpen = netlink.isOpenForWriting(reader);
    closeSync(writer);
    writer = undefined;
    if (whileOpen && !netlink.isOpenForWriting(reader)) return;
  } catch (error) {
    throw new LeaseError(`read lease in ${folder}: ${describeSystemError(error)}${remedy(error)}`, { cause: error });
  } finally {
    if (writer !== undefined) closeSync(writer);
    if (reader !== undefined) closeSync(reader);
    rmSync(path, { force: true });
  }
  throw new LeaseError(`read lease in ${folder}: this file system does not say which files are open for writing`);
}

/** Hints for the errors of fcntl(2). */
function remedy(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ERR_SYSTEM') return ': this file system has no leases';
  return code === 'EACCES' || code === 'EPERM' || code === 'EROFS' ? ': the folder must be writable' : '';
}
