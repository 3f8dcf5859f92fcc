import { constants, type Dirent } from 'node:fs';
import { access, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ArchiveInputError } from './error.js';
import { kindOf, NAMES } from './names.js';
import { byConnection, sortPaths } from './order.js';

/** Standard input, among paths. */
export const STDIN = '-';

/**
 * Finds what paths stand for: files as they are, folders' archives at any depth, and those that a pattern matches, such
 * as `data/2026/11/21/host_*.zst`. Nothing is opened but folders, and of the files found nothing is known but the path.
 * Symbolic links are followed where they are given, not below folders: so no link can lead in a circle, and nothing is
 * read twice.
 * @returns in the order in which they are read: as given, a folder's and a pattern's by UUID, sequence and path; and all
 *   files of a connection one after the other, where the first of them stands. Each path once.
 * @throws ArchiveInputError for a path that is not there (`ENOENT`) or cannot be looked into, and for a folder or pattern
 *   without any archive (`ERR_NO_ARCHIVE`)
 */
export async function findInputs(paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) {
    for (const each of path === STDIN ? [STDIN] : await expand(path)) found.push(each);
  }
  // What one path stands for is in order already.
  return paths.length === 1 ? found : byConnection(found);
}

async function expand(path: string): Promise<readonly string[]> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) return await expandFolder(path);
    await access(path, constants.R_OK);
    return [path];
  } catch (error) {
    // A file may have a name like a pattern; a pattern is what is no file.
    const found = isMissing(error) ? await expandPattern(path) : undefined;
    if (found !== undefined) return found;
    throw ArchiveInputError.from(path, error);
  }
}

async function expandFolder(path: string): Promise<readonly string[]> {
  const found: string[] = [];
  await walk(path, found);
  if (found.length === 0) throw noArchive(path, `no archive in this folder (${NAMES})`);
  return sortPaths(found);
}

/** Undefined of what is no pattern. */
async function expandPattern(pattern: string): Promise<readonly string[] | undefined> {
  // Only here: it takes a while to load, and folders are what is mostly read.
  const { glob, isDynamicPattern } = await import('tinyglobby');
  if (!isDynamicPattern(pattern)) return undefined;
  const matches = await glob(pattern, {
    onlyFiles: false,
    expandDirectories: false,
    followSymbolicLinks: false,
    // Names as a shell would give them.
    absolute: pattern.startsWith('/'),
  });
  const found: string[] = [];
  for (const match of matches) {
    if (match.endsWith('/')) await walk(match.slice(0, -1), found);
    else if (kindOf(match) !== 'unknown') found.push(match);
  }
  if (found.length === 0) throw noArchive(pattern, `no archive matches this pattern (${NAMES})`);
  return sortPaths([...new Set(found)]);
}

/** Adds every archive and tar below a folder. */
async function walk(folder: string, found: string[]): Promise<void> {
  const folders = [folder];
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    let entries: Dirent[];
    try {
      entries = await readdir(next, { withFileTypes: true });
    } catch (error) {
      throw ArchiveInputError.from(next, error);
    }
    for (const entry of entries) {
      const path = join(next, entry.name);
      if (entry.isDirectory()) folders.push(path);
      else if (entry.isFile() && kindOf(entry.name) !== 'unknown') found.push(path);
    }
  }
}

function noArchive(path: string, reason: string): ArchiveInputError {
  return new ArchiveInputError(path, reason, { code: 'ERR_NO_ARCHIVE' });
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
