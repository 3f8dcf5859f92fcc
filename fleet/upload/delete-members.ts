import { closeSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { mtimeMs } from './choose.js';
import { isSameFile } from './file-identity.js';
import { lookAt, openArchive } from './find-archives.js';
import type { Member } from './plan.js';

/** Options of {@link deleteMembers}. */
export interface DeleteOptions {
  /** The collector's output folder. */
  readonly root: string;
  /** Time since its last change for which an archive stays, milliseconds. */
  readonly keepMs: number;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /** Called after each deletion. */
  readonly onDeleted: (member: Member) => void;
}

/** Result of {@link deleteMembers}. */
export interface DeleteResult {
  /** Number of members that stay for now. */
  readonly kept: number;
  /** Members that could not be deleted, and the error of each. */
  readonly failed: readonly { readonly member: Member; readonly error: unknown }[];
}

/**
 * Deletes the members of a confirmed bundle that are still the files that were sealed. One that is gone is done; one that
 * has changed since is a new archive, and stays.
 */
export function deleteMembers(members: readonly Member[], options: DeleteOptions): DeleteResult {
  const { root, keepMs, nowMs, onDeleted } = options;
  const failed: { member: Member; error: unknown }[] = [];
  let kept = 0;
  for (const member of members) {
    if (keepMs > 0 && nowMs - mtimeMs(member.mtimeNs) < keepMs) {
      kept++;
      continue;
    }
    try {
      if (deleteOne(join(root, member.path), member)) onDeleted(member);
    } catch (error) {
      failed.push({ member, error });
    }
  }
  return { kept, failed };
}

function deleteOne(path: string, member: Member): boolean {
  const fd = openArchive(path);
  if (fd === undefined) return false;
  try {
    const found = lookAt(fd);
    if (found === undefined || found === 'open' || !isSameFile(found, member)) return false;
    unlinkSync(path);
    return true;
  } finally {
    closeSync(fd);
  }
}
