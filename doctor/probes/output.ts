import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, open, realpath, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describeSystemError } from '../../host/index.js';
import { codeOf } from '../words.js';
import { DeadlineError, withDeadline } from './deadline.js';
import type { Traces } from './traces.js';

/** Time after which a disk counts as hanging. */
const DEADLINE_MS = 5000;
const { O_CREAT, O_EXCL, O_RDONLY } = constants;

/**
 * Flags for test files: opened for reading, so that programs that act when a written file is closed (IN_CLOSE_WRITE)
 * do not notice them.
 */
export const CREATE_FLAGS = O_CREAT | O_EXCL | O_RDONLY;

/** Returns a unique file name. */
export function traceName(): string {
  return `.tcp-info-doctor-${randomUUID()}`;
}

/** Result of {@link probeOutput}. */
export interface OutputFindings {
  /** Path as the user gave it, absolute. */
  readonly path: string;
  readonly exists: boolean;
  /** Folder of the test file, without symbolic links: the output folder, or its nearest existing parent. */
  readonly folder: string;
  /** Error that prevents making a file there, in words and by code; absent on success. */
  readonly error?: string;
  readonly code?: string;
}

/** Makes and removes a file in the output folder, or in the folder that it would be made in. */
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

/** Returns the path if it exists, or else its nearest existing parent. */
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
