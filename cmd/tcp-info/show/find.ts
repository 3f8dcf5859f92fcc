import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ArchiveInputError, type NumberedRecord, readRecords } from '../../../input/index.js';
import { type Archive, openArchives, uuidOf } from '../reading/archives.js';
import { ShownConnection } from './shown.js';

/** What was looked for. */
export interface Search {
  /** A file, or a connection's UUID or the end of one. */
  readonly what: string;
  /** Where connections are looked for. */
  readonly paths: readonly string[];
  readonly stdin: AsyncIterable<Uint8Array>;
  /** Told of what is damaged, which is then passed over. */
  readonly onProblem: (error: ArchiveInputError) => void;
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
export async function findConnection({ what, paths, stdin, onProblem }: Search): Promise<Found> {
  const fromFile = what === '-' || (await isFile(what));
  const wanted = fromFile ? uuidOf(what) : what;
  const from = !fromFile ? paths : wanted === undefined ? [what] : [dirname(what)];
  const search = new Matches(fromFile ? 'all' : what);
  for await (const archive of openArchives(from, stdin)) {
    if (fromFile && wanted !== undefined && archive.uuid !== wanted) continue;
    if (archive.uuid !== undefined && !search.wants(archive.uuid)) continue;
    await readArchive(archive, search, onProblem);
  }
  return search.found;
}

/** The connections that match, of which only one is gathered. */
class Matches {
  readonly #what: string;
  readonly #firstPaths = new Map<string, string>();
  #more = 0;
  #shown: ShownConnection | undefined;
  #shownUuid: string | undefined;

  /** @param what a UUID or its end, or `all` */
  constructor(what: string) {
    this.#what = what;
  }

  wants(uuid: string): boolean {
    return this.#what === 'all' || uuid.endsWith(this.#what);
  }

  /** The connection that an archive's records are to be added to; undefined when they are not wanted. */
  take(uuid: string, path: string): ShownConnection | undefined {
    if (!this.wants(uuid)) return undefined;
    if (!this.#firstPaths.has(uuid)) {
      if (this.#firstPaths.size < MAX_LISTED) this.#firstPaths.set(uuid, path);
      else this.#more++;
    }
    // A whole UUID is meant, even when another one ends so, too.
    if (this.#shown === undefined || (uuid === this.#what && this.#shownUuid !== uuid)) {
      this.#shown = new ShownConnection();
      this.#shownUuid = uuid;
    }
    return this.#shownUuid === uuid ? this.#shown : undefined;
  }

  get found(): Found {
    if (this.#shown === undefined) return { kind: 'none' };
    if (this.#firstPaths.size > 1 && this.#shownUuid !== this.#what) {
      return { kind: 'several', matches: [...this.#firstPaths], more: this.#more };
    }
    return { kind: 'one', shown: this.#shown };
  }
}

async function readArchive(
  { path, uuid, open }: Archive,
  matches: Matches,
  onProblem: (error: ArchiveInputError) => void,
): Promise<void> {
  let shown: ShownConnection | undefined;
  try {
    for await (const { line, record } of readRecords(open())) {
      if (shown === undefined) {
        shown = matches.take(record.metadata?.uuid ?? uuid ?? '', path);
        if (shown === undefined) return;
        shown.begin(path);
      }
      add(shown, { line, record }, path, onProblem);
    }
  } catch (error) {
    if (!(error instanceof ArchiveInputError)) throw error;
    onProblem(error);
  }
}

function add(
  shown: ShownConnection,
  { line, record }: NumberedRecord,
  path: string,
  onProblem: (error: ArchiveInputError) => void,
): void {
  try {
    shown.add(record);
  } catch (error) {
    const problem = ArchiveInputError.from(path, error, line);
    if (!(problem instanceof ArchiveInputError)) throw problem;
    onProblem(problem);
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
