import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ArchiveInputError, type ArchiveSource, fileSource, streamSource } from '../../../input/index.js';

/** An archive that can be read. */
export interface Archive {
  readonly path: string;
  /** The connection that its name tells of; undefined where the name does not. */
  readonly uuid: string | undefined;
  readonly open: () => ArchiveSource;
}

/** Opens every archive that paths lead to: files, folders with all that is below, `-` for standard input. */
export async function* openArchives(
  paths: readonly string[],
  stdin: AsyncIterable<Uint8Array>,
): AsyncGenerator<Archive, void, undefined> {
  for (const path of paths) {
    if (path === '-') {
      yield { path: 'standard input', uuid: undefined, open: () => streamSource('standard input', stdin) };
      continue;
    }
    for (const found of await list(path)) yield { path: found, uuid: uuidOf(found), open: () => fileSource(found) };
  }
}

/** The connection that an archive's name tells of: `<uuid>.<sequence>.jsonl.zst`. */
export function uuidOf(path: string): string | undefined {
  return /^(.+)\.\d{5,}\.jsonl(?:\.zst)?$/s.exec(basename(path))?.[1];
}

async function list(path: string): Promise<string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    const entries = await readdir(path, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile() && /\.jsonl(?:\.zst)?$/.test(entry.name));
    // The parts of a connection follow each other, whatever day's folder they are in.
    const key = (name: string): string => basename(name);
    return files.map((entry) => join(entry.parentPath, entry.name)).sort((a, b) => (key(a) < key(b) ? -1 : 1));
  } catch (error) {
    throw ArchiveInputError.from(path, error);
  }
}
