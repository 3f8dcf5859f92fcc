import { closeSync, constants, type Dirent, fstatSync, openSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as pause } from 'node:timers/promises';
import { netlink } from '../../native/index.js';
import { type ArchivePath, parseArchivePath } from './archive-path.js';
import { type FileIdentity, identityOf } from './file-identity.js';

/** Closed archive below the collector's output folder. */
export interface FoundArchive extends ArchivePath {
  readonly identity: FileIdentity;
}

/** Result of {@link findArchives}. */
export interface FoundArchives {
  /** Closed archives, in the order of their paths. */
  readonly closed: readonly FoundArchive[];
  /** Number of archives that are open for writing. */
  readonly open: number;
  /** Archives and folders that cannot be read, and the error of each. */
  readonly unreadable: readonly { readonly path: string; readonly error: unknown }[];
}

/** Number of files that are looked at before other work of the process has its turn. */
const AT_ONCE = 200;

/**
 * Finds the archives below a folder that no one writes to: regular files, by their path, not through links. The kernel
 * says whether a file is open for writing, exactly and for all processes of the machine.
 */
export async function findArchives(root: string): Promise<FoundArchives> {
  const closed: FoundArchive[] = [];
  const unreadable: { path: string; error: unknown }[] = [];
  let open = 0;
  let looked = 0;
  for (const day of await dayFolders(root, unreadable)) {
    const names = (await entriesOf(root, day, unreadable)).filter((each) => each.isFile()).map(({ name }) => name);
    for (const name of names.sort()) {
      const at = parseArchivePath(`${day}/${name}`);
      if (at === undefined) continue;
      if (++looked % AT_ONCE === 0) await pause();
      try {
        const identity = closedIdentity(join(root, at.path));
        if (identity === 'open') open++;
        else if (identity !== undefined) closed.push({ ...at, identity });
      } catch (error) {
        unreadable.push({ path: at.path, error });
      }
    }
  }
  return { closed, open, unreadable };
}

/**
 * Opens an archive for reading, as {@link findArchives} looks at it. The caller closes it.
 * @returns undefined if it is gone
 */
export function openArchive(path: string): number | undefined {
  try {
    // A link or a pipe of this name is not the collector's.
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Returns the identity of an open file, or that it is open for writing too; undefined if it is no regular file. */
export function lookAt(fd: number): FileIdentity | 'open' | undefined {
  const found = fstatSync(fd, { bigint: true });
  if (!found.isFile()) return undefined;
  return netlink.isOpenForWriting(fd) ? 'open' : identityOf(found);
}

function closedIdentity(path: string): FileIdentity | 'open' | undefined {
  const fd = openArchive(path);
  if (fd === undefined) return undefined;
  try {
    return lookAt(fd);
  } finally {
    closeSync(fd);
  }
}

async function dayFolders(root: string, unreadable: { path: string; error: unknown }[]): Promise<string[]> {
  let folders = [''];
  for (const pattern of [/^\d{4}$/, /^\d{2}$/, /^\d{2}$/]) {
    const below: string[] = [];
    for (const folder of folders) {
      for (const entry of await entriesOf(root, folder, unreadable)) {
        if (entry.isDirectory() && pattern.test(entry.name))
          below.push(folder === '' ? entry.name : `${folder}/${entry.name}`);
      }
    }
    folders = below.sort();
  }
  return folders;
}

async function entriesOf(
  root: string,
  folder: string,
  unreadable: { path: string; error: unknown }[],
): Promise<readonly Dirent[]> {
  try {
    return await readdir(join(root, folder), { withFileTypes: true });
  } catch (error) {
    // Retention removes the folders of days.
    const isGone = folder !== '' && error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (!isGone) unreadable.push({ path: folder === '' ? '.' : folder, error });
    return [];
  }
}
