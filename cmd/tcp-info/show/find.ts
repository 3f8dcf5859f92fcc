import { lstat, realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import {
  type Archive,
  ArchiveInputError,
  kindOf,
  partOf,
  type ReadOptions,
  readRecordBatches,
} from '../../../input/index.js';
import type { Reading } from '../../reading/reading.js';
import { ShownConnection } from './shown.js';

/** What is looked for. */
export interface Search {
  /** A connection's UUID, or the end of one; undefined for any connection. */
  readonly wanted: string | undefined;
  /** Whether it is all of the UUID. */
  readonly whole: boolean;
  /** Where it is looked for. */
  readonly paths: readonly string[];
  /** Which of what is there may be of it, by its name: a file with another name has to be looked into. */
  readonly choose: (found: readonly string[]) => readonly string[];
}

/** What came of it. */
export type Found =
  | { readonly kind: 'one'; readonly shown: ShownConnection }
  | { readonly kind: 'none' }
  /** It is there, and nothing of it can be read. */
  | { readonly kind: 'unreadable' }
  /** More than one connection: UUID and first archive of each, some of them if there are many. */
  | {
      readonly kind: 'several';
      readonly matches: readonly (readonly [uuid: string, path: string])[];
      readonly more: number;
    };

/** So many matches are listed. */
const MAX_LISTED = 20;

/**
 * Says where a connection is to be looked for.
 * @param what a file, which brings the other archives of its connection in the same folder along; or a UUID or its end
 * @param paths where the UUID is looked for
 * @throws ArchiveInputError when a path cannot be looked at
 */
export async function planSearch(what: string, paths: readonly string[]): Promise<Search> {
  const file = what === '-' ? what : await realFile(what);
  if (file === undefined) {
    await refusePath(what);
    const choose: Search['choose'] = (found) => found.filter((path) => isWanted(partOf(path)?.uuid, what, false));
    return { wanted: what, whole: false, paths, choose };
  }
  const part = partOf(file);
  if (part === undefined) return { wanted: undefined, whole: true, paths: [what], choose: (found) => found };
  // Beside a file whose name says which connection it is, only its other parts are of interest.
  const choose: Search['choose'] = (found) => found.filter((path) => partOf(path)?.uuid === part.uuid);
  return { wanted: part.uuid, whole: true, paths: [dirname(file)], choose };
}

/** Whether this is the connection, as far as is known. */
function isWanted(uuid: string | undefined, wanted: string | undefined, whole: boolean): boolean {
  if (wanted === undefined || uuid === undefined) return true;
  return whole ? uuid === wanted : uuid.endsWith(wanted);
}

/** Reads the connection that is looked for, all its archives in order. @throws ArchiveInputError with `--strict` */
export async function findConnection({ wanted, whole }: Search, reading: Reading): Promise<Found> {
  const matches = new Matches(wanted, whole);
  for await (const archive of reading.archives()) {
    if (isWanted(partOf(archive.path)?.uuid, wanted, whole)) await readArchive(archive, matches, reading.options);
  }
  const isThere = whole || reading.found.some((path) => partOf(path) !== undefined);
  return matches.found.kind === 'none' && isThere ? { kind: 'unreadable' } : matches.found;
}

/** A path that is no file was not meant as a UUID. */
async function refusePath(what: string): Promise<void> {
  if (!what.includes('/') && kindOf(what) === 'unknown') return;
  try {
    await stat(what);
  } catch (error) {
    throw ArchiveInputError.from(what, error);
  }
  const advice = 'give the end of a UUID before it';
  throw new ArchiveInputError(what, `it is a folder, which may have many connections: ${advice}`, { code: 'EISDIR' });
}

/** The connections that match, of which only one is gathered. */
class Matches {
  readonly #wanted: string | undefined;
  readonly #whole: boolean;
  readonly #firstPaths = new Map<string, string>();
  #more = 0;
  #last: string | undefined;
  #shown: ShownConnection | undefined;
  #shownUuid: string | undefined;

  /**
   * @param wanted a UUID or its end; undefined for any
   * @param whole whether it is all of the UUID
   */
  constructor(wanted: string | undefined, whole: boolean) {
    this.#wanted = wanted;
    this.#whole = whole;
  }

  /** The connection that an archive's records are to be added to; undefined when they are not wanted. */
  take(uuid: string, path: string): ShownConnection | undefined {
    if (!isWanted(uuid, this.#wanted, this.#whole)) return undefined;
    if (this.#firstPaths.size < MAX_LISTED && !this.#firstPaths.has(uuid)) this.#firstPaths.set(uuid, path);
    else if (uuid !== this.#last && !this.#firstPaths.has(uuid)) this.#more++;
    this.#last = uuid;
    // A whole UUID is meant, even when another one ends so, too.
    if (this.#shown === undefined || (uuid === this.#wanted && this.#shownUuid !== uuid)) {
      this.#shown = new ShownConnection();
      this.#shownUuid = uuid;
    }
    return this.#shownUuid === uuid ? this.#shown : undefined;
  }

  get found(): Found {
    if (this.#shown === undefined) return { kind: 'none' };
    if (this.#firstPaths.size > 1 && this.#shownUuid !== this.#wanted) {
      return { kind: 'several', matches: [...this.#firstPaths], more: this.#more };
    }
    return { kind: 'one', shown: this.#shown };
  }
}

async function readArchive({ path, source }: Archive, matches: Matches, options: ReadOptions): Promise<void> {
  const named = partOf(path)?.uuid ?? '';
  let shown: ShownConnection | undefined;
  for await (const batch of readRecordBatches(source, options)) {
    for (let record = batch.next(); record !== undefined; record = batch.next()) {
      if (shown === undefined) {
        shown = matches.take(record.metadata?.uuid ?? named, path);
        if (shown === undefined) return;
        shown.begin(path);
      }
      try {
        shown.add(record);
      } catch (error) {
        batch.refuse(error);
      }
    }
  }
}

/** A file's path, that of what it leads to if it is a link: the other parts are there. Undefined of what is no file. */
async function realFile(path: string): Promise<string | undefined> {
  try {
    if ((await stat(path)).isDirectory()) return undefined;
    return (await lstat(path)).isSymbolicLink() ? await realpath(path) : path;
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return undefined;
    throw ArchiveInputError.from(path, error);
  }
}
