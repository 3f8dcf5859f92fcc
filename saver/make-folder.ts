import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Creates a folder and its missing parents, with `mode` reduced by the umask. Does not use Node's recursive mkdir: that
 * never returns if the file system reports ENOENT although the parent exists, as /proc does.
 * @throws the system's error
 */
export async function makeFolder(path: string, mode: number): Promise<void> {
  const missing = await makeOne(path, mode);
  if (!missing) return;
  const parent = dirname(path);
  if (parent !== path) await makeFolder(parent, mode);
  if (await makeOne(path, mode)) throw Object.assign(new Error(`ENOENT: mkdir '${path}'`), ENOENT);
}

const ENOENT = { code: 'ENOENT', errno: -2, syscall: 'mkdir' };

/** Creates one folder, unless it exists. Returns true when its parent is missing. Anything else there is an error. */
async function makeOne(path: string, mode: number): Promise<boolean> {
  try {
    await mkdir(path, { mode });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') return true;
    if (code !== 'EEXIST' || !(await stat(path)).isDirectory()) throw error;
  }
  return false;
}
