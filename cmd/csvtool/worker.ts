/** A thread that converts the files which it is given. */
import { workerData } from 'node:worker_threads';
import { type CsvtoolChoice, openCsvtoolTable } from '../../export/index.js';
import { ArchiveInputError, openFound, Problems, type ProblemsSummary } from '../../input/index.js';
import { serveTasks } from '../../pool/index.js';
import { rowsOf } from './table.js';

/** What every thread is told. */
export interface WorkerOptions {
  readonly table: CsvtoolChoice;
  readonly strict: boolean;
}

/** Some files, found by `findInputs`. */
export interface Task {
  readonly paths: readonly string[];
}

/** Some of what came of a task. */
export interface Outcome {
  readonly rows?: Uint8Array;
  /** Bytes that have been read since the last outcome. */
  readonly bytes: number;
  /** At the end of a task: how many files it was, and what was wrong with them. */
  readonly paths: number;
  readonly problems?: ProblemsSummary;
}

const { table: choice, strict } = workerData as WorkerOptions;
const table = openCsvtoolTable(choice);

serveTasks<Task, Outcome>(async ({ paths }, emit) => {
  let bytes = 0;
  const problems = new Problems({ strict });
  const options = {
    onProblem: problems.report,
    onPassedOver: problems.passedOver,
    onBytes: (count: number): void => {
      bytes += count;
    },
  };
  const takeBytes = (): number => {
    const taken = bytes;
    bytes = 0;
    return taken;
  };
  try {
    for await (const piece of rowsOf(openFound(paths, options), table, options)) {
      const rows = owned(piece);
      await emit({ rows, bytes: takeBytes(), paths: 0 }, [rows.buffer]);
    }
  } catch (error) {
    // The problem that ends a strict run; it is among those that were kept.
    if (!strict || !(error instanceof ArchiveInputError)) throw error;
  }
  await emit({ bytes: takeBytes(), paths: paths.length, problems: problems.summary() });
});

/** In memory of its own, which can be given away. */
function owned(bytes: Buffer): Uint8Array<ArrayBuffer> {
  const { buffer, byteLength } = bytes;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) return new Uint8Array(buffer);
  return new Uint8Array(bytes);
}
