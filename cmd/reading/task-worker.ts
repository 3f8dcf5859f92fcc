import {
  type Archive,
  ArchiveInputError,
  type InputOptions,
  openFound,
  Problems,
  type ReadOptions,
} from '../../input/index.js';
import { type Emit, serveTasks } from '../../pool/index.js';
import type { PathsTask, TaskOutcome } from './tasks.js';

/** Archives to be read, and how. */
export interface Archives {
  archives(): AsyncIterable<Archive>;
  readonly options: ReadOptions & InputOptions;
}

/** Makes bytes of archives, and writes them as they come. */
export type Convert = (archives: Archives, write: (bytes: Buffer) => Promise<void>) => Promise<void>;

/** Has this thread convert the files that it is given: the other end of `readOnThreads`. */
export function serveConversion(strict: boolean, convert: Convert): void {
  servePaths<Uint8Array>(strict, (archives, emit) =>
    convert(archives, async (piece) => {
      const bytes = owned(piece);
      await emit(bytes, [bytes.buffer]);
    }),
  );
}

/** Makes something of archives, and gives it away as it comes. */
export type ReadPaths<Piece> = (archives: Archives, emit: Emit<Piece>) => Promise<void>;

/** Has this thread read the files that it is given: the other end of `readOnThreads`. */
export function servePaths<Piece>(strict: boolean, readPaths: ReadPaths<Piece>): void {
  serveTasks(pathsTask(strict, readPaths));
}

/** Reads the files of a task, on whichever thread: what `readOnThreads` takes as `here`. */
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
      // The problem that ends a strict run; it is among those that were kept.
      if (!strict || !(error instanceof ArchiveInputError)) throw error;
    }
    await emit({ read: takeRead(), paths: paths.length, problems: problems.summary() });
  };
}

/** In memory of its own, which can be given away. */
function owned(bytes: Buffer): Uint8Array<ArrayBuffer> {
  const { buffer, byteLength } = bytes;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) return new Uint8Array(buffer);
  return new Uint8Array(bytes);
}
