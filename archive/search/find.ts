import { lstat, realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ArchivedRecord } from '../../parse/index.js';
import { type FoundArchives, visitRecords } from '../index.js';
import { type Archive, ArchiveInputError, partOf, type ReadOptions } from '../input/index.js';

/** Search for one connection. */
export interface Search {
  /** UUID of the connection; undefined for any connection. */
  readonly wanted: string | undefined;
  /** Paths to search. */
  readonly paths: readonly string[];
  /** Selects archives that may belong to the connection by their names; a file with another name must be read. */
  readonly choose: (found: readonly string[]) => readonly string[];
}

/** Takes the records of one connection, archive after archive. */
export interface ConnectionReceiver {
  /** Begins an archive. */
  begin(path: string): void;
  /** Takes a record, valid only during the call. @throws DecodeError when it cannot be used */
  add(record: ArchivedRecord): void;
}

/** Result of a search; `T` is made of the records of the connection. */
export type Found<T> =
  | { readonly kind: 'one'; readonly connection: T }
  /** No record of the connection can be read. */
  | { readonly kind: 'unreadable' }
  /** Several connections: UUID and first archive of each, or of some if there are many. */
  | {
      readonly kind: 'several';
      readonly matches: readonly (readonly [uuid: string, path: string])[];
      readonly more: number;
    };

/** Most matches to list. */
const MAX_LISTED = 20;

/**
 * Plans the search for the connection of a file, together with its other archives in the same folder.
 * @param what file as the user gave it, or `-`
 * @param file the file with symbolic links resolved
 */
export async function planSearch(what: string, file: string = what): Promise<Search> {
  const part = partOf(file);
  if (part === undefined) return { wanted: undefined, paths: [what], choose: (found) => found };
  // If a file's name shows its connection, only other parts of that connection are read.
  const choose: Search['choose'] = (found) => found.filter((path) => partOf(path)?.uuid === part.uuid);
  return { wanted: part.uuid, paths: [dirname(file)], choose };
}

/** True when this may be the connection that is searched. */
function isWanted(uuid: string | undefined, wanted: string | undefined): boolean {
  return wanted === undefined || uuid === undefined || uuid === wanted;
}

/**
 * Reads all archives of the connection in order.
 * @param create called once, for the first connection that matches
 * @throws ArchiveInputError with `--strict`
 */
export async function findConnection<T extends ConnectionReceiver>(
  wanted: string | undefined,
  reading: FoundArchives,
  create: () => T,
): Promise<Found<T>> {
  const matches = new Matches(wanted, create);
  for await (const archive of reading.archives()) {
    await readArchive(archive, matches, reading.options);
  }
  return matches.found;
}

/** Connections that match; only one of them is built. */
class Matches<T extends ConnectionReceiver> {
  readonly #wanted: string | undefined;
  readonly #create: () => T;
  readonly #firstPaths = new Map<string, string>();
  #more = 0;
  #last: string | undefined;
  #built: T | undefined;
  #builtUuid: string | undefined;

  /** @param wanted UUID; undefined for any */
  constructor(wanted: string | undefined, create: () => T) {
    this.#wanted = wanted;
    this.#create = create;
  }

  /** Returns the connection that takes an archive's records; undefined to skip the archive. */
  take(uuid: string, path: string): T | undefined {
    if (!isWanted(uuid, this.#wanted)) return undefined;
    if (this.#firstPaths.size < MAX_LISTED && !this.#firstPaths.has(uuid)) this.#firstPaths.set(uuid, path);
    else if (uuid !== this.#last && !this.#firstPaths.has(uuid)) this.#more++;
    this.#last = uuid;
    if (this.#built === undefined) {
      this.#built = this.#create();
      this.#builtUuid = uuid;
    }
    return this.#builtUuid === uuid ? this.#built : undefined;
  }

  get found(): Found<T> {
    if (this.#built === undefined) return { kind: 'unreadable' };
    if (this.#firstPaths.size > 1) {
      return { kind: 'several', matches: [...this.#firstPaths], more: this.#more };
    }
    return { kind: 'one', connection: this.#built };
  }
}

async function readArchive(
  { path, source }: Archive,
  matches: Matches<ConnectionReceiver>,
  options: ReadOptions,
): Promise<void> {
  const named = partOf(path)?.uuid ?? '';
  let receiver: ConnectionReceiver | undefined;
  /** Adds a record to its connection. Returns false if another connection is searched. */
  const add = (record: ArchivedRecord): boolean => {
    if (receiver === undefined) {
      receiver = matches.take(record.metadata?.uuid ?? named, path);
      receiver?.begin(path);
    }
    receiver?.add(record);
    return receiver !== undefined;
  };
  for await (const added of visitRecords(source, add, options)) {
    for (const isTaken of added) if (!isTaken) return;
  }
}

/** Resolves a file's path: for a symbolic link its target, where the other parts are. Undefined when it is no file. */
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
