import { readdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { exchangeFolder } from './archive-path.js';

/** Date folder `YYYY/MM/DD` below the output folder. */
export interface DayFolder {
  /** Absolute path. */
  readonly path: string;
  /** Start of the day, milliseconds since 1970, UTC. No archive in the folder was written earlier. */
  readonly startMs: number;
}

/**
 * Lists the date folders below `output`, oldest first. Skips other names and symbolic links.
 * @throws the system's error, unless a folder is gone
 */
export async function dayFolders(output: string): Promise<DayFolder[]> {
  const found: DayFolder[] = [];
  for (const year of await folders(output, /^\d{4}$/)) {
    for (const month of await folders(join(output, year), /^\d{2}$/)) {
      for (const day of await folders(join(output, year, month), /^\d{2}$/)) {
        const startMs = Date.parse(`${year}-${month}-${day}T00:00:00Z`);
        // Date.parse reads 31 February as a day in March.
        const isDate = !Number.isNaN(startMs) && new Date(startMs).getUTCDate() === Number(day);
        if (isDate) found.push({ path: join(output, year, month, day), startMs });
      }
    }
  }
  return found;
}

async function folders(path: string, pattern: RegExp): Promise<string[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    return entries.flatMap((entry) => (entry.isDirectory() && pattern.test(entry.name) ? entry.name : [])).sort();
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}

/** Removes a date folder, its month and its year, if they are empty. Never rejects. */
export async function removeEmpty({ path }: DayFolder): Promise<void> {
  // Most date folders have none.
  await remove(exchangeFolder(path));
  for (const folder of [path, join(path, '..'), join(path, '../..')]) if (!(await remove(folder))) return;
}

/** Removes a folder. Resolves to false if it is not empty, or not there. */
async function remove(folder: string): Promise<boolean> {
  return await rmdir(folder).then(
    () => true,
    () => false,
  );
}

/** Returns whether an error is a system error with this code. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
