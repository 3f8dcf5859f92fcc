import { lstat, realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Archive, ArchiveInputError, partOf, type ReadOptions, readRecordBatches } from '../../../input/index.js';
import type { Archives } from '../../reading/task-worker.js';
import { ShownConnection } from './shown.js';

/** What is looked for. */
export interface Search {
  /** A connection's UUID; undefined for any connection. */
  readonly wanted: string | undefined;
  /** Where it is looked for. */
  readonly paths: readonly string[];
  /** Which of what is there may be of it, by its name: a file with another name has to be looked into. */
  readonly choose: (found: readonly string[]) => readonly string[];
}

/** What came of it. */
export type Found =
  | { readonly kind: 'one'; readonly shown: ShownConnection }
  /** Nothing of it can be read. */
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
 * Says where the connection of a file is to be looked for: the other archives of it in the same folder come along.
 * @param what a file as it was given, or `-`
 * @param file the same, links followed
 */
export async function planSearch(what: string, file: string = what): Promise<Search> {
  const part = partOf(file);
  if (part === undefined) return { wanted: undefined, paths: [what], choose: (found) => found };
  // Beside a file whose name says which connection it is, only its other parts are of interest.
  const choose: Search['choose'] = (found) => found.filter((path) => partOf(path)?.uuid === part.uuid);
  return { wanted: part.uuid, paths: [dirname(file)], choose };
}

/** Archives in which a connection is looked for. */
export interface SearchedArchives extends Archives {
  /** Paths of them. */
  readonly found: readonly string[];
}

/** Whether this is the connection, as far as is known. */
function isWanted(uuid: string | undefined, wanted: string | undefined): boolean {
  return wanted === undefined || uuid === undefined || uuid === wanted;
}

/** Reads the connection that is looked for, all its archives in order. @throws ArchiveInputError with `--strict` */
export async function findConnection(wanted: string | undefined, reading: SearchedArchives): Promise<Found> {
  const matches = new Matches(wanted);
  for await (const archive of reading.archives()) {
    if (isWanted(partOf(archive.path)?.uuid, wanted)) await readArchive(archive, matches, reading.options);
  }
  return matches.found;
}

/** The connections that match, of which only one is gathered. */
class Matches {
  readonly #wanted: string | undefined;
  readonly #firstPaths = new Map<string, string>();
  #more = 0;
  #last: string | undefined;
  #shown: ShownConnection | undefined;
  #shownUuid: string | undefined;

  /** @param wanted a UUID; undefined for any */
  constructor(wanted: string | undefined) {
    this.#wanted = wanted;
  }

  /** The connection that an archive's records are to be added to; undefined when they are not wanted. */
  take(uuid: string, path: string): ShownConnection | undefined {
    if (!isWanted(uuid, this.#wanted)) return undefined;
    if (this.#firstPaths.size < MAX_LISTED && !this.#firstPaths.has(uuid)) this.#firstPaths.set(uuid, path);
    else if (uuid !== this.#last && !this.#firstPaths.has(uuid)) this.#more++;
    this.#last = uuid;
    if (this.#shown === undefined) {
      this.#shown = new ShownConnection();
      this.#shownUuid = uuid;
    }
    return this.#shownUuid === uuid ? this.#shown : undefined;
  }

  get found(): Found {
    if (this.#shown === undefined) return { kind: 'unreadable' };
    if (this.#firstPaths.size > 1) {
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
export async function realFile(path: string): Promise<string | undefined> {
  try {
    if ((await stat(path)).isDirectory()) return undefined;
    return (await lstat(path)).isSymbolicLink() ? await realpath(path) : path;
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return undefined;
    throw ArchiveInputError.from(path, error);
  }
}
