import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { isArchiveName } from './archive-path.js';
import { dayFolders, hasCode } from './day-folders.js';
import type { Pace } from './pace.js';

const DAY_MS = 86_400_000;
/** What st_blocks counts in, stat(2). */
const BLOCK_BYTES = 512;

/** One of our archives; whether it is closed is asked where it matters. */
export interface ArchiveOnDisk {
  readonly path: string;
  readonly mtimeMs: number;
  /** On disk. */
  readonly bytes: number;
}

/** How folders are walked over. */
export interface WalkOptions {
  readonly pace: Pace;
  /** Whether the walk ends; asked before each archive. */
  readonly isStopped: () => boolean;
  /** Takes what cannot be read; the walk of that folder ends. */
  readonly onError: (path: string, error: unknown) => void;
}

/** Our archives in a folder, whatever else is there. Symbolic links are not followed. */
export async function* archivesIn(
  folder: string,
  { pace, isStopped, onError }: WalkOptions,
): AsyncGenerator<ArchiveOnDisk, void, undefined> {
  try {
    for await (const entry of await opendir(folder)) {
      if (!entry.isFile() || !isArchiveName(entry.name)) continue;
      await pace.turn();
      if (isStopped()) return;
      const path = join(folder, entry.name);
      const stat = await lstat(path).catch(unlessGone);
      // The disk may have taken longer than the end.
      if (isStopped()) return;
      if (stat?.isFile()) yield { path, mtimeMs: stat.mtimeMs, bytes: stat.blocks * BLOCK_BYTES };
    }
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) onError(folder, error);
  }
}

/** A span of time, milliseconds since 1970: `from` belongs to it, `to` does not. */
export interface TimeSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * Whether some archive was last written to in a span of time. Only folders of days that could have one are looked into,
 * the newest first.
 * @throws the system's error, of the folders above those of days
 */
export async function haveArchives(output: string, { fromMs, toMs }: TimeSpan, options: WalkOptions): Promise<boolean> {
  for (const { path, startMs } of (await dayFolders(output)).reverse()) {
    if (startMs >= toMs || startMs + DAY_MS <= fromMs) continue;
    for await (const { mtimeMs } of archivesIn(path, options)) if (mtimeMs >= fromMs && mtimeMs < toMs) return true;
  }
  return false;
}

function unlessGone(error: unknown): undefined {
  if (!hasCode(error, 'ENOENT')) throw error;
}
