import { open, rename, rm, stat } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { OutputError, write } from './output.js';

/**
 * Writes text to a file, or to standard output for `-`. A regular file has its whole new content or what it had before.
 * @throws OutputError
 */
export async function writeOutput(path: string, text: string, stdout: Writable): Promise<void> {
  if (path === '-') {
    await write(stdout, Buffer.from(text));
    return;
  }
  try {
    // A device or a pipe, such as /dev/null, is written to and not replaced.
    if (await isSpecial(path)) await fill(path, text);
    else await replace(path, text);
  } catch (error) {
    throw new OutputError(error as NodeJS.ErrnoException, path);
  }
}

async function replace(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await fill(temporary, text);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function fill(path: string, text: string): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(text);
  } finally {
    await file.close();
  }
}

async function isSpecial(path: string): Promise<boolean> {
  try {
    return !(await stat(path)).isFile();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
