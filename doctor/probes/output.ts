import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, open, realpath, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describeSystemError } from '../../host/index.js';
import { codeOf } from '../words.js';
import { DeadlineError, withDeadline } from './deadline.js';
import type { Traces } from './traces.js';

/** A disk that takes longer is taken for one that hangs. */
const DEADLINE_MS = 5000;
const { O_CREAT, O_EXCL, O_RDONLY } = constants;

/**
 * How the files are made that show whether and how fast files can be made: open for reading, so that programs which act
 * when something that was written is closed (IN_CLOSE_WRITE) do not hear of them.
 */
export const CREATE_FLAGS = O_CREAT | O_EXCL | O_RDONLY;

/** A name that nobody else has. */
export function traceName(): string {
  return `.tcp-info-doctor-${randomUUID()}`;
}

/** The output folder. */
export interface OutputFindings {
  /** As it was given, absolute. */
  readonly path: string;
  readonly exists: boolean;
  /** Where a file was made: the folder, or the one above it that is there; without symbolic links. */
  readonly folder: string;
  /** Why no file can be made there, in words and by code; absent when one was. */
  readonly error?: string;
  readonly code?: string;
}

/** Makes a file in the output folder, or where that would be made, and removes it. */
export async function probeOutput(path: string, traces: Traces): Promise<OutputFindings> {
  let known: Pick<OutputFindings, 'exists' | 'folder'> = { exists: false, folder: path };
  const probe = async (): Promise<void> => {
    const folder = await nearestFolder(path);
    known = { exists: folder === path, folder: await realpath(folder) };
    if (!(await stat(folder)).isDirectory()) throw Object.assign(new Error('not a folder'), NOT_A_FOLDER);
    await access(folder, constants.W_OK | constants.X_OK);
    await createAndRemove(join(folder, traceName()), traces);
  };
  try {
    await withDeadline('the file system', DEADLINE_MS, probe());
    return { path, ...known };
  } catch (error) {
    const words = error instanceof DeadlineError ? error.message : describeSystemError(error);
    return { path, ...known, error: words, code: codeOf(error) ?? 'ERR_UNKNOWN' };
  }
}

const NOT_A_FOLDER = { code: 'ENOTDIR', errno: -20 };

/** The path, or the lowest above it that is there. */
export async function nearestFolder(path: string): Promise<string> {
  try {
    await stat(path);
    return path;
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || dirname(path) === path) throw error;
    return nearestFolder(dirname(path));
  }
}

async function createAndRemove(path: string, traces: Traces): Promise<void> {
  traces.add(path);
  const file = await open(path, CREATE_FLAGS, 0o600);
  await unlink(path);
  traces.removed(path);
  await file.close();
}
