import { constants } from 'node:fs';
import { type FileHandle, open, opendir } from 'node:fs/promises';
import { makeFolder } from '../../../saver/index.js';

/** New owner of folders. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Depth beyond which folders are left unchanged. Archives lie three levels down. Each level takes two descriptors, so
 * the owner of the folders could otherwise exhaust them.
 */
const MAX_DEPTH = 64;
const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY;
/** Errors of a folder that was removed or replaced between listing and opening. */
const REPLACED = new Set(['ENOENT', 'ENOTDIR', 'ELOOP']);

/**
 * Makes a missing folder, and gives it and all folders below it to `owner`; files keep their owner. Does not follow
 * links or enter other file systems below it. The folders may belong to a user who swaps them for links meanwhile: each
 * is opened below one that is already open, and changed through its descriptor.
 * @returns number of folders changed, without those that the owner already had
 */
export async function giveFolder(path: string, owner: Owner): Promise<number> {
  await makeFolder(path, 0o777);
  const top = await open(path, FOLDER);
  try {
    return await give(top, owner, (await top.stat()).dev, 0);
  } finally {
    await top.close();
  }
}

async function give(folder: FileHandle, owner: Owner, device: number, depth: number): Promise<number> {
  const { uid, gid, dev } = await folder.stat();
  if (dev !== device) return 0;
  let given = 0;
  if (uid !== owner.uid || gid !== owner.gid) {
    await folder.chown(owner.uid, owner.gid);
    given++;
  }
  if (depth === MAX_DEPTH) return given;
  const here = `/proc/self/fd/${folder.fd}`;
  for await (const entry of await opendir(here)) {
    if (!entry.isDirectory()) continue;
    const below = await openBelow(`${here}/${entry.name}`);
    if (below === undefined) continue;
    try {
      given += await give(below, owner, device, depth + 1);
    } finally {
      await below.close();
    }
  }
  return given;
}

async function openBelow(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, FOLDER | constants.O_NOFOLLOW);
  } catch (error) {
    if (REPLACED.has((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
