import { opendir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isTemporaryName } from './mend.js';

/** Entry found below a folder. */
export type Entry =
  /** File with the name of an archive. */
  | { readonly kind: 'archive'; readonly path: string }
  /** Temporary file of a repair that was killed. */
  | { readonly kind: 'leftover'; readonly path: string }
  /** File or folder that cannot be read; the walk continues. */
  | { readonly kind: 'unreadable'; readonly path: string; readonly error: unknown };

const ARCHIVE = '.jsonl.zst';

/**
 * Walks to every archive below a path, with one open folder per level. Symbolic links are not followed, except the path
 * itself if it leads to a folder. If the path is a file without the name of an archive, it is not touched.
 */
export async function* walk(path: string): AsyncGenerator<Entry, void, undefined> {
  try {
    if ((await stat(path)).isDirectory()) {
      yield* walkFolder(path);
      return;
    }
  } catch (error) {
    yield { kind: 'unreadable', path, error };
    return;
  }
  if (path.endsWith(ARCHIVE)) yield { kind: 'archive', path };
  else yield { kind: 'unreadable', path, error: new Error(`not an archive: its name does not end in ${ARCHIVE}`) };
}

async function* walkFolder(path: string): AsyncGenerator<Entry, void, undefined> {
  try {
    for await (const entry of await opendir(path)) {
      const inside = join(path, entry.name);
      if (entry.isDirectory()) yield* walkFolder(inside);
      else if (!entry.isFile()) continue;
      else if (isTemporaryName(entry.name)) yield { kind: 'leftover', path: inside };
      else if (entry.name.endsWith(ARCHIVE)) yield { kind: 'archive', path: inside };
    }
  } catch (error) {
    yield { kind: 'unreadable', path, error };
  }
}
