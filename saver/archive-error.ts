import { getSystemErrorName } from 'node:util';
import type { ArchiveOperation, LossReason } from '../metrics/index.js';
import type { FileFailure, SyncFailure } from '../native/index.js';

/** Error of an archive that could not be created, written or closed. */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError';

  /** @param code error code of the system, e.g. `ENOSPC`, or a description */
  constructor(
    readonly operation: ArchiveOperation,
    readonly path: string,
    readonly code: string,
    options?: ErrorOptions,
  ) {
    super(`${operation} archive ${path}: ${code}`, options);
  }

  /** Converts a failure that the addon reported. */
  static of(path: string, { syscall, errno }: FileFailure | SyncFailure): ArchiveError {
    return new ArchiveError(OPERATIONS[syscall] ?? 'write', path, systemErrorCode(errno));
  }

  /** Reason under which records lost to this error are counted. */
  get lossReason(): LossReason {
    return LOSSES[this.code] ?? 'other';
  }
}

const OPERATIONS: Readonly<Record<string, ArchiveOperation>> = {
  mkdir: 'mkdir',
  open: 'open',
  close: 'close',
  syncfs: 'sync',
  sync_file_range: 'sync',
  fdatasync: 'sync',
};

const LOSSES: Readonly<Record<string, LossReason>> = {
  ENOSPC: 'enospc',
  EDQUOT: 'enospc',
  EIO: 'eio',
  EROFS: 'erofs',
  EACCES: 'eacces',
  EPERM: 'eacces',
  ENOENT: 'enoent',
  EMFILE: 'emfile',
  ENFILE: 'emfile',
};

/** Names of error numbers that some versions of Node lack: include/uapi/asm-generic/errno.h. */
const UNNAMED: Readonly<Record<number, string>> = { 116: 'ESTALE', 122: 'EDQUOT' };

function systemErrorCode(errno: number): string {
  return UNNAMED[errno] ?? getSystemErrorName(-errno).replace(/^Unknown system error -/, 'errno ');
}
