import { stat } from 'node:fs/promises';
import type { SharedArchives } from './archives.js';
import { type ProblemsSummary, partOf } from './input/index.js';
import { type PoolOptions, runInOrder } from './pool/index.js';

/** Number of files, or bytes, above which threads pay off. Starting one takes about 50 ms. */
const MANY_FILES = 256;
const MANY_BYTES = 2 * 1024 * 1024;
/** Most files in one task. */
const TASK_FILES = 32;

/** True when reading these paths, from `findInputs`, is faster on this many threads. */
export async function threadsPay(paths: readonly string[], threads: number): Promise<boolean> {
  return threads > 1 && paths.length > 1 && !paths.includes('-') && (await isMuch(paths));
}

async function isMuch(paths: readonly string[]): Promise<boolean> {
  if (paths.length >= MANY_FILES) return true;
  let bytes = 0;
  for (const path of paths) {
    // The reader reports a file that cannot be examined now.
    bytes += await stat(path).then(
      ({ size }) => size,
      () => 0,
    );
  }
  return bytes >= MANY_BYTES;
}

/** Files for one thread, from `findInputs`. */
export interface PathsTask {
  readonly paths: readonly string[];
  /** Longest zstd window in bytes, as in `Archives.options`. */
  readonly maxWindowBytes?: number;
}

/** Part of a task's result. */
export interface TaskOutcome<Piece = Uint8Array> {
  readonly piece?: Piece;
  /** Bytes read since the last outcome. */
  readonly read: number;
  /** Number of files read; set at the end of a task, as `problems` is. */
  readonly paths: number;
  readonly problems?: ProblemsSummary;
}

/** Threads that read archives: their module calls `servePaths` or `serveConversion`, and `here` is a `pathsTask`. */
export type ReadingThreads<Piece> = PoolOptions<PathsTask, TaskOutcome<Piece>>;

/**
 * Reads all paths found on several threads and yields their results in the order of the paths.
 * @throws StrictError at the first problem of a strict run; any error of a thread
 */
export async function* readOnThreads<Piece = Uint8Array>(
  reading: SharedArchives,
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

/** Divides paths into tasks, small enough to keep every thread busy; files of one connection stay together. */
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
