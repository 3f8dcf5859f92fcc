import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { exchangeFolder, isArchiveName, isExchangeName } from './archive-path.js';
import { dayFolders, hasCode } from './day-folders.js';
import type { Pace } from './pace.js';

const DAY_MS = 86_400_000;
/** Unit of st_blocks, stat(2). */
const BLOCK_BYTES = 512;

/** An archive found on disk. It may still be open. */
export interface ArchiveOnDisk {
  readonly path: string;
  readonly mtimeMs: number;
  /** Allocated disk space. */
  readonly bytes: number;
}

/** Options of {@link archivesIn}. */
export interface WalkOptions {
  readonly pace: Pace;
  /** Returns true to end the walk. Called before each archive. */
  readonly isStopped: () => boolean;
  /** Called when a folder cannot be read. The walk of that folder ends. */
  readonly onError: (path: string, error: unknown) => void;
}

/**
 * Lists the archives in a date folder, those of HTTP exchanges last, and skips all other files. Does not follow symbolic
 * links.
 */
export async function* archivesIn(
  folder: string,
  options: WalkOptions,
): AsyncGenerator<ArchiveOnDisk, void, undefined> {
  yield* namedIn(folder, isArchiveName, options);
  if (!options.isStopped()) yield* namedIn(exchangeFolder(folder), isExchangeName, options);
}

async function* namedIn(
  folder: string,
  isName: (name: string) => boolean,
  { pace, isStopped, onError }: WalkOptions,
): AsyncGenerator<ArchiveOnDisk, void, undefined> {
  try {
    for await (const entry of await opendir(folder)) {
      if (!entry.isFile() || !isName(entry.name)) continue;
      await pace.turn();
      if (isStopped()) return;
      const path = join(folder, entry.name);
      const stat = await lstat(path).catch(ignoreMissing);
      // The walk may have been stopped while the disk was slow.
      if (isStopped()) return;
      if (stat?.isFile()) yield { path, mtimeMs: stat.mtimeMs, bytes: stat.blocks * BLOCK_BYTES };
    }
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) onError(folder, error);
  }
}

/** Time span, milliseconds since 1970; includes `fromMs`, excludes `toMs`. */
export interface TimeSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * Returns whether the last write of any archive was in a time span. Reads only the folders of days that may contain
 * one, the newest first.
 * @throws the system's error, if a folder above the day folders cannot be read
 */
export async function haveArchives(output: string, { fromMs, toMs }: TimeSpan, options: WalkOptions): Promise<boolean> {
  for (const { path, startMs } of (await dayFolders(output)).reverse()) {
    if (startMs >= toMs || startMs + DAY_MS <= fromMs) continue;
    for await (const { mtimeMs } of archivesIn(path, options)) if (mtimeMs >= fromMs && mtimeMs < toMs) return true;
  }
  return false;
}

function ignoreMissing(error: unknown): undefined {
  if (!hasCode(error, 'ENOENT')) throw error;
}
