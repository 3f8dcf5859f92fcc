import { opendir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isTemporaryName } from './mend.js';

/** What is found below a folder. */
export type Entry =
  /** Looks like an archive by its name. */
  | { readonly kind: 'archive'; readonly path: string }
  /** Left by a repair that was killed. */
  | { readonly kind: 'leftover'; readonly path: string }
  /** Cannot be looked into; the walk goes on. */
  | { readonly kind: 'unreadable'; readonly path: string; readonly error: unknown };

const ARCHIVE = '.jsonl.zst';

/**
 * Walks to every archive below a path, one folder open at a time for each level. Symbolic links are not followed, but
 * for the path itself when it leads to a folder. A file that is given and is no archive by its name is not touched.
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
  else yield { kind: 'unreadable', path, error: new Error(`not an archive by its name, which ends in ${ARCHIVE}`) };
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
