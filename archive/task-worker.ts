import type { Archives } from './archives.js';
import { ArchiveInputError, openFound, Problems } from './input/index.js';
import { type Emit, serveTasks } from './pool/index.js';
import type { PathsTask, TaskOutcome } from './tasks.js';

/** Converts archives to bytes, and writes these as they come. */
export type Convert = (archives: Archives, write: (bytes: Buffer) => Promise<void>) => Promise<void>;

/** Lets this thread convert the files of tasks: the counterpart of `readOnThreads`. */
export function serveConversion(strict: boolean, convert: Convert): void {
  servePaths<Uint8Array>(strict, (archives, emit) =>
    convert(archives, async (piece) => {
      const bytes = owned(piece);
      await emit(bytes, [bytes.buffer]);
    }),
  );
}

/** Reads archives and emits results as they come. */
export type ReadPaths<Piece> = (archives: Archives, emit: Emit<Piece>) => Promise<void>;

/** Lets this thread read the files of tasks: the counterpart of `readOnThreads`. */
export function servePaths<Piece>(strict: boolean, readPaths: ReadPaths<Piece>): void {
  serveTasks(pathsTask(strict, readPaths));
}

/** Returns a function that reads the files of a task, on any thread: the `here` of `readOnThreads`. */
export function pathsTask<Piece>(
  strict: boolean,
  readPaths: ReadPaths<Piece>,
): (task: PathsTask, emit: Emit<TaskOutcome<Piece>>, signal?: AbortSignal) => Promise<void> {
  return async ({ paths, ...packed }, emit, signal) => {
    let read = 0;
    const takeRead = (): number => {
      const taken = read;
      read = 0;
      return taken;
    };
    const problems = new Problems({ strict });
    const options = {
      ...packed,
      onProblem: problems.report,
      onPassedOver: problems.passedOver,
      onBytes: (count: number): void => {
        signal?.throwIfAborted();
        read += count;
      },
    };
    try {
      await readPaths({ archives: () => openFound(paths, options), options }, (piece, transfer) =>
        emit({ piece, read: takeRead(), paths: 0 }, transfer),
      );
    } catch (error) {
      // The problem that ends a strict run is in the summary below.
      if (!strict || !(error instanceof ArchiveInputError)) throw error;
    }
    await emit({ read: takeRead(), paths: paths.length, problems: problems.summary() });
  };
}

/** Returns bytes in a buffer of their own, which can be transferred. */
function owned(bytes: Buffer): Uint8Array<ArrayBuffer> {
  const { buffer, byteLength } = bytes;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) return new Uint8Array(buffer);
  return new Uint8Array(bytes);
}
