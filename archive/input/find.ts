import { constants, type Dirent } from 'node:fs';
import { access, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ArchiveInputError } from './error.js';
import { kindOf, NAMES } from './names.js';
import { byConnection, sortPaths } from './order.js';

/** Path that stands for standard input. */
export const STDIN = '-';

/** Files of some paths. */
export interface FoundInputs {
  /** Archives of connections, and tars, in reading order. */
  readonly archives: readonly string[];
  /** Archives of HTTP exchanges, in reading order. */
  readonly exchanges: readonly string[];
}

/**
 * Finds the files of the given paths: a file itself, the archives in a folder at any depth, and the files that match a
 * pattern such as `data/2026/11/21/host_*.zst`. Only folders are opened. Symbolic links are followed if given as a
 * path, not inside folders, so that no link leads in a circle and nothing is read twice. Archives of HTTP exchanges are
 * skipped.
 * @returns each path once, in reading order: as given, within a folder or pattern by UUID, sequence and path. All files
 *   of a connection follow one another, at the place of the first.
 * @throws ArchiveInputError for a path that is missing (`ENOENT`) or cannot be read, and for a folder or pattern
 *   without archives, or a file of HTTP exchanges (`ERR_NO_ARCHIVE`)
 */
export async function findInputs(paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) {
    for (const each of path === STDIN ? [STDIN] : archivesOf(path, await expand(path))) found.push(each);
  }
  // The files of one path are already in order.
  return paths.length === 1 ? found : byConnection(found);
}

/**
 * Finds the files of the given paths as {@link findInputs}, those of HTTP exchanges too.
 * @throws ArchiveInputError as `findInputs`, but a path may have only one kind of files
 */
export async function findAllInputs(paths: readonly string[]): Promise<FoundInputs> {
  const [archives, exchanges]: [string[], string[]] = [[], []];
  for (const path of paths) {
    for (const each of path === STDIN ? [STDIN] : await expand(path))
      (isExchanges(each) ? exchanges : archives).push(each);
  }
  return { archives: byConnection(archives), exchanges: [...new Set(exchanges)] };
}

function isExchanges(path: string): boolean {
  return kindOf(path) === 'exchanges';
}

/** Returns the archives of connections among the files of a path. @throws ArchiveInputError if they all hold exchanges */
function archivesOf(path: string, found: readonly string[]): readonly string[] {
  if (!found.some(isExchanges)) return found;
  const archives = found.filter((each) => !isExchanges(each));
  if (archives.length > 0) return archives;
  throw noConnections(path);
}

/** Creates the error for a path that has HTTP exchanges where connections are to be read. */
export function noConnections(path: string): ArchiveInputError {
  return noArchive(path, 'HTTP exchanges, and no connection: tcp-info query reads them as its table http');
}

async function expand(path: string): Promise<readonly string[]> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) return await expandFolder(path);
    await access(path, constants.R_OK);
    return [path];
  } catch (error) {
    // The name of a file may look like a pattern, so a pattern is tried only if no such file exists.
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

/** Finds the files that match a pattern. Returns undefined if the text is not a pattern. */
async function expandPattern(pattern: string): Promise<readonly string[] | undefined> {
  // Imported here because it loads slowly and most inputs are folders.
  const { glob, isDynamicPattern } = await import('tinyglobby');
  if (!isDynamicPattern(pattern)) return undefined;
  const matches = await glob(pattern, {
    onlyFiles: false,
    expandDirectories: false,
    followSymbolicLinks: false,
    // Names in the form that a shell would print.
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

/** Adds every archive and tar in a folder, at any depth. */
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
