import { getSystemErrorName } from 'node:util';
import type { ArchiveOperation, LossReason } from '../metrics/index.js';
import type { FileFailure, SyncFailure } from '../native/index.js';

/** An archive that could not be made, written or closed. */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError';

  /** @param code the system's error code, e.g. `ENOSPC`, or in words what was wrong */
  constructor(
    readonly operation: ArchiveOperation,
    readonly path: string,
    readonly code: string,
    options?: ErrorOptions,
  ) {
    super(`${operation} archive ${path}: ${code}`, options);
  }

  /** The error that a failure of the addon's stands for. */
  static of(path: string, { syscall, errno }: FileFailure | SyncFailure): ArchiveError {
    return new ArchiveError(OPERATIONS[syscall] ?? 'write', path, systemErrorCode(errno));
  }

  /** What records that are lost because of it are counted under. */
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

/** Those that Node has no name for in every version: include/uapi/asm-generic/errno.h. */
const UNNAMED: Readonly<Record<number, string>> = { 116: 'ESTALE', 122: 'EDQUOT' };

function systemErrorCode(errno: number): string {
  return UNNAMED[errno] ?? getSystemErrorName(-errno).replace(/^Unknown system error -/, 'errno ');
}
