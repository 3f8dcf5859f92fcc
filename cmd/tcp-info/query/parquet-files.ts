import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/** Path in a folder that export has not finished, or that is hidden for another reason. */
const HIDDEN = /(^|\/)[._][^/]*\//;

/**
 * Lists the Parquet files of a path: the file itself, if its name ends so, or the files below a folder, in order. Empty
 * for any other path, even a missing one.
 */
export async function findParquet(path: string): Promise<readonly string[]> {
  if (path.endsWith('.parquet')) return [resolve(path)];
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false, // reading the path as archives will report the error
  );
  if (!isFolder) return [];
  const found = await readdir(path, { recursive: true });
  return found
    .filter((name) => name.endsWith('.parquet') && !HIDDEN.test(name))
    .sort()
    .map((name) => resolve(join(path, name)));
}
