import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a folder and those above it that are missing, with what the umask leaves of `mode`. Not Node's own recursive
 * mkdir: that never returns where a file system answers ENOENT although the parent is there, as /proc does.
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

/** Whether a parent is missing. A folder that is there is as good as made; anything else at the path is an error. */
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
