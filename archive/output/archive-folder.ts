import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../../files/index.js';
import { type ArchiveInputError, fileSource, joinedLines, partOf } from '../input/index.js';

/** Most days whose folders are read for one connection. */
const MAX_DAYS = 400;
const DAY_MS = 24 * 3600e3;

/** Output folder of the collector: `YYYY/MM/DD/<UUID>.<sequence>.jsonl.zst`. */
export class ArchiveFolder {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Returns the archives of a connection, in order. Only the folders of its days are read; one that is missing or not
   * readable has none.
   * @param fromMs time of its first record
   * @param untilMs time after its last record
   */
  async find(uuid: string, fromMs: number, untilMs: number): Promise<string[]> {
    const found: { readonly path: string; readonly sequence: number }[] = [];
    const lastDay = Math.floor(untilMs / DAY_MS);
    const firstDay = Math.max(Math.floor(fromMs / DAY_MS), lastDay - MAX_DAYS);
    for (let day = firstDay; day <= lastDay; day++) {
      const folder = join(this.#folder, new Date(day * DAY_MS).toISOString().slice(0, 10).replaceAll('-', '/'));
      for (const name of await filesIn(folder)) {
        const part = name.startsWith(uuid) ? partOf(name) : undefined;
        if (part?.uuid === uuid) found.push({ path: join(folder, name), sequence: part.sequence });
      }
    }
    return found.sort((a, b) => a.sequence - b.sequence).map(({ path }) => path);
  }

  /**
   * Reads archives, and yields pieces of whole lines, as one archive. Archives of another connection are skipped: a
   * socket that connects again keeps its UUID.
   * @param startTime start time of the connection, as its archives have it
   * @param onProblem called for everything that cannot be read
   */
  lines(
    paths: readonly string[],
    startTime: string,
    onProblem: (error: ArchiveInputError) => void,
  ): AsyncGenerator<string, void, undefined> {
    const sources = paths.map((path) => fileSource(path));
    return joinedLines(sources, {
      isOwn: (metadata) => metadata?.startTime === startTime,
      onProblem,
    });
  }
}

/** Returns the names of plain files: a link or a pipe with the name of an archive is not the collector's. */
async function filesIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM'].includes(errorCode(error) ?? '')) return [];
    throw error;
  }
}
