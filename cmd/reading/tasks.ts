import { stat } from 'node:fs/promises';
import { type ProblemsSummary, partOf } from '../../input/index.js';
import { type PoolOptions, runInOrder } from '../../pool/index.js';
import type { Reading } from './reading.js';

/** From so many files on threads pay, whatever their size; below, from so many bytes on. Starting one takes some 50 ms. */
const MANY_FILES = 256;
const MANY_BYTES = 2 * 1024 * 1024;
/** Files that a thread is given at once, at most. */
const TASK_FILES = 32;

/** Whether it pays to read these paths, which `findInputs` has found, on so many threads. */
export async function threadsPay(paths: readonly string[], threads: number): Promise<boolean> {
  return threads > 1 && paths.length > 1 && !paths.includes('-') && (await isMuch(paths));
}

async function isMuch(paths: readonly string[]): Promise<boolean> {
  if (paths.length >= MANY_FILES) return true;
  let bytes = 0;
  for (const path of paths) {
    // What cannot be looked at now is reported when it is read.
    bytes += await stat(path).then(
      ({ size }) => size,
      () => 0,
    );
  }
  return bytes >= MANY_BYTES;
}

/** Some files, found by `findInputs`. */
export interface PathsTask {
  readonly paths: readonly string[];
  /** As in {@link Reading.options}. */
  readonly maxWindowBytes?: number;
}

/** Some of what came of a task. */
export interface TaskOutcome<Piece = Uint8Array> {
  readonly piece?: Piece;
  /** Bytes that have been read since the last outcome. */
  readonly read: number;
  /** At the end of a task: how many files it was, and what was wrong with them. */
  readonly paths: number;
  readonly problems?: ProblemsSummary;
}

/** Threads that read: their module calls `servePaths` or `serveConversion`, and `here` is a `pathsTask`. */
export type ReadingThreads<Piece> = PoolOptions<PathsTask, TaskOutcome<Piece>>;

/**
 * Reads all that was found on several threads, and gives what they make of it in the order of the paths.
 * @throws StrictError at the first problem of a strict run; what a thread throws
 */
export async function* readOnThreads<Piece = Uint8Array>(
  reading: Reading,
  pool: ReadingThreads<Piece>,
): AsyncGenerator<Piece, void, undefined> {
  const { maxWindowBytes } = reading.options;
  const tasks = tasksOf(reading.found, pool.threads, maxWindowBytes === undefined ? {} : { maxWindowBytes });
  for await (const outcome of runInOrder(tasks, pool)) {
    reading.read(outcome.read);
    if (outcome.piece !== undefined) yield outcome.piece;
    if (outcome.problems !== undefined) reading.problems.merge(outcome.problems);
    reading.done(outcome.paths);
  }
}

/** Cuts paths into tasks, none so large that a thread would be left without one; a connection is not divided. */
export function* tasksOf(
  paths: readonly string[],
  threads: number,
  options: Omit<PathsTask, 'paths'> = {},
): Generator<PathsTask, void, undefined> {
  const size = Math.min(TASK_FILES, Math.max(1, Math.ceil(paths.length / (threads * 4))));
  let task: string[] = [];
  let uuid: string | undefined;
  for (const path of paths) {
    const next = partOf(path)?.uuid;
    if (task.length >= size && (next === undefined || next !== uuid)) {
      yield { ...options, paths: task };
      task = [];
    }
    task.push(path);
    uuid = next;
  }
  if (task.length > 0) yield { ...options, paths: task };
}
