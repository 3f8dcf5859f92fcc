import { rmSync } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { readSmallFile, SmallFileError } from '../../files/index.js';
import { ParquetError } from './parquet-error.js';
import { type PartitionDay, partitionFolder } from './partition-day.js';

/** What is not finished is below this folder. Its name begins with a dot, and no file in it ends in .parquet. */
const STAGING = '.tcp-info-export';
const OWNER_FILE = 'pid';
const MAX_OWNER_BYTES = 64;

/** Where the unfinished files of a dataset are, in full. */
export function stagingFolder(directory: string): string {
  return resolve(directory, STAGING);
}

/**
 * The folder of a dataset while files are made for it: they are made in a folder within, on the same disk, and moved to
 * their places when all are finished.
 */
export class OutputFolder {
  /** Where files are made. */
  readonly staging: string;
  readonly #directory: string;
  /** A signal that ends the process leaves nothing; what stays after a kill is removed by the next run. */
  readonly #removeNow = (): void => rmSync(this.staging, { recursive: true, force: true, maxRetries: 3 });

  private constructor(directory: string, staging: string) {
    this.#directory = directory;
    this.staging = staging;
    process.once('exit', this.#removeNow);
  }

  /**
   * Makes the folder where it is missing; the one above it is there. What a run that was killed left behind is removed.
   * @throws ParquetError `ERR_NOT_EMPTY` when there is something in it and nothing shall be added; `ERR_IN_USE` while
   *   another process writes there
   * @throws Error of the system's
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

  /** Moves a finished file to its partition; its path there. */
  async publish(path: string, day: PartitionDay, name: string): Promise<string> {
    const folder = join(this.#directory, partitionFolder(day));
    await makeIfMissing(folder);
    const target = join(folder, name);
    await rename(path, target);
    return target;
  }

  /** Removes what is left of the making. */
  async close(): Promise<void> {
    await rm(this.staging, { recursive: true, force: true });
    process.off('exit', this.#removeNow);
  }
}

/** Makes one folder. Node's recursive mkdir never returns where a file system refuses with ENOENT, as /proc does. */
async function makeIfMissing(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

/** The living process that a staging folder belongs to. */
function ownerOf(staging: string): number | undefined {
  let text: string;
  try {
    text = readSmallFile(join(staging, OWNER_FILE), { maxBytes: MAX_OWNER_BYTES }).toString();
  } catch (error) {
    // No folder; or a process that was killed before it had written that, which nobody can tell from one that is about to.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    if (error instanceof SmallFileError) return undefined; // not of our making
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
