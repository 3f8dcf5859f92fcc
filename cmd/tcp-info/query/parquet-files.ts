import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/** A folder that export has not finished, or that is hidden for another reason. */
const HIDDEN = /(^|\/)[._][^/]*\//;

/**
 * The Parquet files that a path stands for: itself by its name's end, or those below a folder, in order; none where it
 * stands for something else, which may not be there.
 */
export async function findParquet(path: string): Promise<readonly string[]> {
  if (path.endsWith('.parquet')) return [resolve(path)];
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false, // whoever reads it as archives says what is wrong
  );
  if (!isFolder) return [];
  const found = await readdir(path, { recursive: true });
  return found
    .filter((name) => name.endsWith('.parquet') && !HIDDEN.test(name))
    .sort()
    .map((name) => resolve(join(path, name)));
}
