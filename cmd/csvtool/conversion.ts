import { stat } from 'node:fs/promises';
import { type CsvtoolChoice, openCsvtoolTable } from '../../export/index.js';
import { partOf } from '../../input/index.js';
import { runInOrder } from '../../pool/index.js';
import type { Reading } from '../reading/reading.js';
import { rowsOf } from './table.js';
import type { Outcome, Task, WorkerOptions } from './worker.js';

/** What is converted, and who hears of it. */
export interface ConversionOptions {
  readonly reading: Reading;
  readonly table: CsvtoolChoice;
  readonly strict: boolean;
  /** Threads that may be used. */
  readonly threads: number;
}

/** From so many files on threads pay, whatever their size; below, from so many bytes on. Starting one takes some 50 ms. */
const MANY_FILES = 256;
const MANY_BYTES = 2 * 1024 * 1024;
/** Files that a thread is given at once, at most. */
const TASK_FILES = 32;

/** All rows, without a header, in the order of the paths. */
export async function* convertAll(options: ConversionOptions): AsyncGenerator<Uint8Array, void, undefined> {
  const { reading, table, threads } = options;
  const { found } = reading;
  const pays = threads > 1 && found.length > 1 && !found.includes('-') && (await isMuch(found));
  if (pays) yield* onThreads(options);
  else yield* rowsOf(reading.archives(), openCsvtoolTable(table), reading.options);
}

async function* onThreads({
  reading,
  table,
  strict,
  threads,
}: ConversionOptions): AsyncGenerator<Uint8Array, void, undefined> {
  const { found, problems } = reading;
  const workerData: WorkerOptions = { table, strict };
  const worker = new URL('./worker.js', import.meta.url);
  for await (const outcome of runInOrder<Task, Outcome>(tasksOf(found, threads), { worker, threads, workerData })) {
    reading.read(outcome.bytes);
    if (outcome.rows !== undefined) yield outcome.rows;
    if (outcome.problems !== undefined) problems.merge(outcome.problems);
    reading.done(outcome.paths);
  }
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

/** Cuts paths into tasks, none so large that a thread would be left without one; a connection is not divided. */
export function* tasksOf(paths: readonly string[], threads: number): Generator<Task, void, undefined> {
  const size = Math.min(TASK_FILES, Math.max(1, Math.ceil(paths.length / (threads * 4))));
  let task: string[] = [];
  let uuid: string | undefined;
  for (const path of paths) {
    const next = partOf(path)?.uuid;
    if (task.length >= size && (next === undefined || next !== uuid)) {
      yield { paths: task };
      task = [];
    }
    task.push(path);
    uuid = next;
  }
  if (task.length > 0) yield { paths: task };
}
