import { rmSync } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { readSmallFile, SmallFileError } from '../../files/index.js';
import { ParquetError } from './parquet-error.js';
import { type PartitionDay, partitionFolder } from './partition-day.js';

/** Folder of unfinished files. Its name begins with a dot, and no file in it ends in .parquet. */
const STAGING = '.tcp-info-export';
const OWNER_FILE = 'pid';
const MAX_OWNER_BYTES = 64;

/** Returns the absolute path of a dataset's folder of unfinished files. */
export function stagingFolder(directory: string): string {
  return resolve(directory, STAGING);
}

/**
 * Folder of a dataset during an export. Files are created in a folder inside it, on the same disk, and moved to their
 * places when all are finished.
 */
export class OutputFolder {
  /** Folder in which files are created. */
  readonly staging: string;
  readonly #directory: string;
  /** Cleans up when a signal ends the process; the next run removes the leftovers of a killed process. */
  readonly #removeNow = (): void => rmSync(this.staging, { recursive: true, force: true, maxRetries: 3 });

  private constructor(directory: string, staging: string) {
    this.#directory = directory;
    this.staging = staging;
    process.once('exit', this.#removeNow);
  }

  /**
   * Creates the folder if it is missing; its parent must exist. Removes the leftovers of a run that was killed.
   * @throws ParquetError `ERR_NOT_EMPTY` if the folder is not empty and `append` is false; `ERR_IN_USE` while another
   *   process writes there
   * @throws Error for a system error
   */
  static async open(directory: string, { append }: { readonly append: boolean }): Promise<OutputFolder> {
    await makeIfMissing(directory);
    const staging = stagingFolder(directory);
    const others = (await readdir(directory)).filter((name) => name !== STAGING);
    if (others.length > 0 && !append) {
      const advice = 'give an empty folder, or --append to add files to what is there';
      throw new ParquetError('ERR_NOT_EMPTY', `write ${directory}: not empty (${advice})`);
    }
    const owner = ownerOf(staging);
    if (owner !== undefined) {
      throw new ParquetError('ERR_IN_USE', `write ${directory}: process ${owner} is writing there`);
    }
    await rm(staging, { recursive: true, force: true });
    await mkdir(staging);
    await writeFile(join(staging, OWNER_FILE), `${process.pid}\n`);
    return new OutputFolder(directory, staging);
  }

  /** Moves a finished file to its partition and returns the new path. */
  async publish(path: string, day: PartitionDay, name: string): Promise<string> {
    const folder = join(this.#directory, partitionFolder(day));
    await makeIfMissing(folder);
    const target = join(folder, name);
    await rename(path, target);
    return target;
  }

  /** Removes the folder of unfinished files. */
  async close(): Promise<void> {
    await rm(this.staging, { recursive: true, force: true });
    process.off('exit', this.#removeNow);
  }
}

/** Creates one folder. Node's recursive mkdir never returns if a file system refuses with ENOENT, as /proc does. */
async function makeIfMissing(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

/** Returns the living process that owns a staging folder. */
function ownerOf(staging: string): number | undefined {
  let text: string;
  try {
    text = readSmallFile(join(staging, OWNER_FILE), { maxBytes: MAX_OWNER_BYTES }).toString();
  } catch (error) {
    // No folder; or a process that was killed before it wrote its id, which looks the same as one about to write it.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    if (error instanceof SmallFileError) return undefined; // not created by this program
    throw error;
  }
  const pid = Number(text.trim());
  if (!Number.isSafeInteger(pid) || pid <= 0 || pid === process.pid) return undefined;
  return isAlive(pid) ? pid : undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
