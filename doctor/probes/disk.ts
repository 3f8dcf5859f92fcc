import { closeSync, constants, openSync, unlinkSync } from 'node:fs';
import { open, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describeSystemError } from '../../host/index.js';
import { CREATE_FLAGS, nearestFolder, traceName } from './output.js';
import { quantile } from './quantile.js';

/** Free and total space of a file system, as far as this user may use it. */
export interface Space {
  readonly freeBytes: number;
  readonly totalBytes: number;
  readonly freeInodes: number;
  /** Total inodes; 0 when the file system does not count them. */
  readonly totalInodes: number;
}

/** Measures the file system of a folder, or of the folder that it would be created in. */
export async function measureSpace(output: string): Promise<Space> {
  const { bsize, blocks, bavail, files, ffree } = await statfs(await nearestFolder(output));
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize, freeInodes: ffree, totalInodes: files };
}

/** Speed of a disk. */
export interface DiskSpeed {
  readonly creations: number;
  readonly createMedianNs: number;
  readonly createP99Ns: number;
  /** Rate of writing to an unnamed file; absent when not tried. */
  readonly bytesPerSecond?: number;
  /** Reason for not trying to write. */
  readonly notWritten?: string;
}

const CREATIONS = 64;
const MAX_CREATE_NS = 1e9;
const WRITE_BYTES = 16 * 1024 * 1024;
/** Free space below which nothing is written, not even for a moment. */
const MIN_FREE_BYTES = 64 * WRITE_BYTES;
const PIECE = Buffer.alloc(64 * 1024, 0x5a);
const MAX_WRITE_NS = 1e9;

/** Flag `__O_TMPFILE` (include/uapi/asm-generic/fcntl.h), missing in Node: opens an unnamed file without a trace. */
const O_TMPFILE = 0o20000000 | constants.O_DIRECTORY;

/** Creates files in the folder, and writes an unnamed file beside it. */
export async function measureDisk(output: string, writeInside: boolean): Promise<DiskSpeed> {
  const folder = await nearestFolder(output);
  const creations = measureCreations(folder);
  const known = {
    creations: creations.length,
    createMedianNs: quantile(creations, 0.5),
    createP99Ns: quantile(creations, 0.99),
  };
  const { freeBytes } = await measureSpace(output);
  if (freeBytes < MIN_FREE_BYTES) return { ...known, notWritten: 'little space is free' };
  const place = writeInside || folder !== output ? folder : await folderBeside(folder);
  if (place === undefined) {
    return { ...known, notWritten: 'the folder above is on another file system (see --write-inside)' };
  }
  try {
    return { ...known, bytesPerSecond: await measureWriting(place) };
  } catch (error) {
    return { ...known, notWritten: `cannot make an unnamed file in ${place}: ${describeSystemError(error)}` };
  }
}

/** Measures file creation. Each file exists within one turn of the event loop only, so that no signal comes between. */
function measureCreations(folder: string): number[] {
  const took: number[] = [];
  const start = performance.now();
  while (took.length < CREATIONS && (performance.now() - start) * 1e6 < MAX_CREATE_NS) {
    const path = join(folder, traceName());
    const begin = process.hrtime.bigint();
    const fd = openSync(path, CREATE_FLAGS, 0o600);
    const end = process.hrtime.bigint();
    unlinkSync(path);
    closeSync(fd);
    took.push(Number(end - begin));
  }
  return took;
}

/**
 * Returns the parent folder if it is on the same file system. Even an unnamed file makes programs that watch a folder
 * see a close after writing, for a name that does not exist; so it is not created where uploaders watch.
 */
async function folderBeside(folder: string): Promise<string | undefined> {
  const above = dirname(folder);
  const [{ dev }, other] = await Promise.all([stat(folder), stat(above)]);
  return above !== folder && other.dev === dev ? above : undefined;
}

async function measureWriting(folder: string): Promise<number> {
  const file = await open(folder, O_TMPFILE | constants.O_RDWR, 0o600);
  try {
    let written = 0;
    const begin = performance.now();
    let tookNs = 0;
    while (written < WRITE_BYTES && tookNs < MAX_WRITE_NS) {
      written += (await file.write(PIECE, 0, PIECE.length, written)).bytesWritten;
      tookNs = (performance.now() - begin) * 1e6;
    }
    return (written / tookNs) * 1e9;
  } finally {
    await file.close();
  }
}
