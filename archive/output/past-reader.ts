import { Worker } from 'node:worker_threads';
import { packCells } from '../../view/connection/index.js';
import type { PackedRequest, PastAnswer, PastRequest } from './past-request.js';

/** Requests that wait for the one that is being read. */
const MAX_WAITING = 4;
/** Longest time for one request, milliseconds: some million records. */
const DEADLINE_MS = 20_000;
/** Memory of a thread: a course takes a few megabytes, however long it is. */
const MAX_HEAP_MB = 256;

/** Codes of {@link PastError}. */
export type PastErrorCode = 'ERR_BUSY' | 'ERR_DEADLINE' | 'ERR_THREAD';

/** Thrown when a course is not read. */
export class PastError extends Error {
  override readonly name = 'PastError';

  constructor(
    message: string,
    readonly code: PastErrorCode,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Renders one request; `signal` ends the work. */
export type RenderOnThread = (request: PackedRequest, signal: AbortSignal) => Promise<PastAnswer>;

/** Options of {@link PastReader}. */
export interface PastReaderOptions {
  readonly deadlineMs?: number;
  /** Renders a request (default: on a thread of its own, which ends with it). */
  readonly render?: RenderOnThread;
}

/** Courses of connections from archives: rendered one at a time, away from the main thread. */
export class PastReader {
  readonly #deadlineMs: number;
  readonly #render: RenderOnThread;
  #waiting = 0;
  /** End of the last request. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor({ deadlineMs = DEADLINE_MS, render = renderOnThread }: PastReaderOptions = {}) {
    this.#deadlineMs = deadlineMs;
    this.#render = render;
  }

  /**
   * Renders a course after those that were asked for before it.
   * @param signal ends the work, because no one needs the answer
   * @throws PastError `ERR_BUSY` when too many wait; `ERR_DEADLINE`, `ERR_THREAD`; the reason of the signal
   */
  async read(request: PastRequest, signal: AbortSignal): Promise<PastAnswer> {
    if (this.#waiting > MAX_WAITING) {
      throw new PastError(`${MAX_WAITING} requests wait for archives already`, 'ERR_BUSY');
    }
    this.#waiting++;
    const turn = this.#turn.then(() => this.#read(request, signal));
    // The next one does not care how this one ends; the caller does.
    this.#turn = turn.then(
      () => undefined,
      () => undefined,
    );
    let leave = (): void => undefined;
    const left = new Promise<never>((_, reject) => {
      leave = () => reject(reasonOf(signal));
      signal.addEventListener('abort', leave);
    });
    try {
      return await Promise.race([turn, left]);
    } finally {
      signal.removeEventListener('abort', leave);
      this.#waiting--;
    }
  }

  async #read(request: PastRequest, signal: AbortSignal): Promise<PastAnswer> {
    signal.throwIfAborted();
    const late = AbortSignal.timeout(this.#deadlineMs);
    const { cells, ...memory } = request.memory;
    const packed: PackedRequest = { ...request, memory: { ...memory, packed: packCells(cells) } };
    try {
      return await this.#render(packed, AbortSignal.any([signal, late]));
    } catch (error) {
      signal.throwIfAborted();
      if (late.aborted) {
        const time = `${this.#deadlineMs / 1000} s`;
        throw new PastError(`reading the archives took longer than ${time}`, 'ERR_DEADLINE', { cause: error });
      }
      throw error;
    }
  }
}

const renderOnThread: RenderOnThread = async (request, signal) => {
  // Flags of this process, such as --eval, must not apply to threads.
  const worker = new Worker(new URL('./past-worker.js', import.meta.url), {
    workerData: request,
    transferList: [request.memory.packed.buffer],
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
  });
  let stop = (): void => undefined;
  try {
    return await new Promise<PastAnswer>((resolve, reject) => {
      const fail = (error: unknown): void => {
        reject(new PastError('reading the archives failed', 'ERR_THREAD', { cause: error }));
      };
      worker.once('message', resolve);
      worker.once('error', fail);
      worker.once('messageerror', fail);
      worker.once('exit', (code) => fail(new Error(`worker thread exited unexpectedly with code ${code}`)));
      stop = () => reject(reasonOf(signal));
      signal.addEventListener('abort', stop);
      if (signal.aborted) stop();
    });
  } finally {
    signal.removeEventListener('abort', stop);
    await worker.terminate();
  }
};

function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('aborted');
}
