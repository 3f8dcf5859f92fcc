import { opendir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  ArchiveInputError,
  type ArchiveSource,
  fileSource,
  type NumberedRecord,
  readLines,
  streamSource,
} from '../../../input/index.js';
import { type ArchivedRecord, decodeRecord } from '../../../parse/index.js';

/** One archive among many. */
export interface Archive {
  /** As messages call it. */
  readonly path: string;
  /** What it takes where it is; absent where that is not known. */
  readonly bytes?: number;
  readonly source: ArchiveSource;
}

/** How inputs are opened and read. */
export interface InputOptions {
  /** What `-` stands for. */
  readonly stdin: AsyncIterable<Uint8Array>;
}

const STDIN = '-';
const ARCHIVE = /\.jsonl(\.zst)?$/;
const PART = /([^/]*)\.(\d{5,})\.jsonl(?:\.zst)?$/;

/**
 * Gives the archives that paths stand for: files as they are, folders' archives at any depth; those of a connection one
 * after the other.
 * @throws ArchiveInputError for a path that is not there, and for a folder without any archive
 */
export async function* openInputs(
  paths: readonly string[],
  { stdin }: InputOptions,
): AsyncGenerator<Archive, void, undefined> {
  const found: string[] = [];
  for (const path of paths) found.push(...(path === STDIN ? [STDIN] : await expand(path)));
  for (const path of found) {
    if (path === STDIN) yield { path: 'standard input', source: streamSource('standard input', stdin) };
    else yield { path, source: fileSource(path) };
  }
}

async function expand(path: string): Promise<string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    const found: string[] = [];
    for await (const entry of await opendir(path, { recursive: true })) {
      if (entry.isFile() && ARCHIVE.test(entry.name)) found.push(join(entry.parentPath, entry.name));
    }
    if (found.length > 0) return found.sort((a, b) => compare(key(a), key(b)) || compare(a, b));
  } catch (error) {
    throw ArchiveInputError.from(path, error);
  }
  throw new ArchiveInputError(path, 'no archive in this folder', { code: 'ERR_NO_ARCHIVE' });
}

/** The connection, and its archive's number with as many digits as any has. */
function key(path: string): string {
  const [, uuid = path, sequence = ''] = PART.exec(path) ?? [];
  return `${uuid}\0${sequence.padStart(16, '0')}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Reads an archive's records; what is damaged is told of and passed over. */
export async function* readRecords(
  source: ArchiveSource,
  onProblem: (error: ArchiveInputError) => void,
): AsyncGenerator<NumberedRecord, void, undefined> {
  const report = (error: unknown, line?: number): void => {
    const problem = ArchiveInputError.from(source.path, error, line);
    if (!(problem instanceof ArchiveInputError)) throw problem;
    onProblem(problem);
  };
  const lines = readLines(source);
  for (;;) {
    let next: Awaited<ReturnType<typeof lines.next>>;
    try {
      next = await lines.next();
    } catch (error) {
      report(error);
      return;
    }
    if (next.done) return;
    const { line, text } = next.value;
    let record: ArchivedRecord;
    try {
      record = decodeRecord(text);
    } catch (error) {
      report(error, line);
      continue;
    }
    yield { line, record };
  }
}
