import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import {
  type Archive,
  ArchiveInputError,
  findInputs,
  kindOf,
  openFound,
  partOf,
  type ReadOptions,
  readRecordBatches,
} from '../../../input/index.js';
import { ShownConnection } from './shown.js';

/** What was looked for. */
export interface Search extends Pick<ReadOptions, 'onProblem'> {
  /** A file, or a connection's UUID or the end of one. */
  readonly what: string;
  /** Where connections are looked for. */
  readonly paths: readonly string[];
}

/** What came of it. */
export type Found =
  | { readonly kind: 'one'; readonly shown: ShownConnection }
  | { readonly kind: 'none' }
  /** More than one connection: UUID and first archive of each, some of them if there are many. */
  | {
      readonly kind: 'several';
      readonly matches: readonly (readonly [uuid: string, path: string])[];
      readonly more: number;
    };

/** So many matches are listed. */
const MAX_LISTED = 20;

/**
 * Finds one connection and reads it, all its archives in order. A file brings the other archives of its connection in the
 * same folder along.
 * @throws ArchiveInputError when a path cannot be read
 */
export async function findConnection({ what, paths, onProblem }: Search): Promise<Found> {
  const isInput = what === '-' || (await isFile(what));
  const part = isInput ? partOf(what) : undefined;
  const from = !isInput ? paths : part === undefined ? [what] : [dirname(what)];
  const wanted = isInput ? part?.uuid : what;
  const matches = new Matches(wanted, isInput);
  const found = (await findInputs(from)).filter((path) => mayMatch(path, matches, part !== undefined));
  for await (const archive of openFound(found, { onProblem })) {
    const { uuid } = partOf(archive.path) ?? {};
    if (uuid === undefined || matches.wants(uuid)) await readArchive(archive, matches, onProblem);
  }
  return matches.found;
}

/** Names of archives tell whether they match; a file with another name has to be looked into. */
function mayMatch(path: string, matches: Matches, onlyParts: boolean): boolean {
  const { uuid } = partOf(path) ?? {};
  if (uuid !== undefined) return matches.wants(uuid);
  // Beside a file whose name says which connection it is, only its other parts are of interest.
  return !onlyParts || (kindOf(path) === 'unknown' && path === '-');
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

  wants(uuid: string): boolean {
    if (this.#wanted === undefined) return true;
    return this.#whole ? uuid === this.#wanted : uuid.endsWith(this.#wanted);
  }

  /** The connection that an archive's records are to be added to; undefined when they are not wanted. */
  take(uuid: string, path: string): ShownConnection | undefined {
    if (!this.wants(uuid)) return undefined;
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

async function readArchive({ path, source }: Archive, matches: Matches, onProblem: Search['onProblem']): Promise<void> {
  const named = partOf(path)?.uuid ?? '';
  let shown: ShownConnection | undefined;
  for await (const batch of readRecordBatches(source, { onProblem })) {
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

async function isFile(path: string): Promise<boolean> {
  try {
    return !(await stat(path)).isDirectory();
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return false;
    throw ArchiveInputError.from(path, error);
  }
}
