import { readdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';

/** One date folder `YYYY/MM/DD` below the output folder. */
export interface DayFolder {
  /** Absolute. */
  readonly path: string;
  /** When the day begins, milliseconds since 1970, UTC. No archive in it was written before. */
  readonly startMs: number;
}

/**
 * The date folders below `output`, oldest first. Whatever has another name, or is a symbolic link, is passed over.
 * @throws the system's error, unless a folder is gone
 */
export async function dayFolders(output: string): Promise<DayFolder[]> {
  const found: DayFolder[] = [];
  for (const year of await folders(output, /^\d{4}$/)) {
    for (const month of await folders(join(output, year), /^\d{2}$/)) {
      for (const day of await folders(join(output, year, month), /^\d{2}$/)) {
        const startMs = Date.parse(`${year}-${month}-${day}T00:00:00Z`);
        // Date.parse takes 31 February for a day in March.
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

/** Removes a date folder, its month and its year, as far as they are empty. Never rejects: they may stay. */
export async function removeEmpty({ path }: DayFolder): Promise<void> {
  for (const folder of [path, join(path, '..'), join(path, '../..')]) {
    const removed = await rmdir(folder).then(
      () => true,
      () => false,
    );
    if (!removed) return;
  }
}

/** Whether it is the system's error of that code. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
