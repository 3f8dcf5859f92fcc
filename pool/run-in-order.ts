import { Worker } from 'node:worker_threads';
import type { FromWorker, ToWorker } from './messages.js';

/** How a pool works. */
export interface PoolOptions {
  /** The module that every thread runs; it calls `serveTasks`. */
  readonly worker: URL;
  /** How many threads, at least 1. Fewer are started when there are fewer tasks. */
  readonly threads: number;
  /** A plain value for every thread: worker_threads' `workerData`. */
  readonly workerData?: unknown;
}

/** Tasks that a thread has at a time: the next one is there when it is done with one. */
const TASKS_AHEAD = 2;

/** A task that was given to a thread, and what came of it so far. */
interface Running {
  readonly thread: Thread;
  readonly pieces: unknown[];
  ended: boolean;
}

/**
 * Does tasks on several threads, and gives the pieces of their results in the order of the tasks. What a thread is ahead
 * is bounded by its window, so memory is bounded by the threads, whatever the tasks.
 * @throws what a thread throws: an error of a task is an error of the run. Threads have ended when this returns or throws.
 */
export async function* runInOrder<Task, Piece>(
  tasks: Iterable<Task>,
  { worker, threads: count, workerData }: PoolOptions,
): AsyncGenerator<Piece, void, undefined> {
  const next = tasks[Symbol.iterator]();
  const queue: Running[] = [];
  const threads: Thread[] = [];
  let failure: { readonly error: unknown } | undefined;
  let wake = (): void => undefined;
  const give = (thread: Thread): void => {
    const task = next.next();
    if (task.done === true) return;
    const running: Running = { thread, pieces: [], ended: false };
    queue.push(running);
    thread.run(task.value, running);
  };
  const fail = (error: unknown): void => {
    failure ??= { error };
    wake();
  };
  try {
    for (let i = 0; i < count; i++) {
      const thread = new Thread(
        // Flags of this process, such as --eval's, are not for threads.
        new Worker(worker, { workerData, execArgv: [] }),
        {
          progress: () => wake(),
          free: (freed) => {
            give(freed);
            wake();
          },
          fail,
        },
      );
      threads.push(thread);
      const before = queue.length;
      give(thread);
      if (queue.length === before) break;
    }
    for (let ahead = 1; ahead < TASKS_AHEAD; ahead++) for (const thread of threads) give(thread);
    for (;;) {
      if (failure !== undefined) throw failure.error;
      const head = queue[0];
      if (head === undefined) return;
      if (head.pieces.length > 0) {
        for (const piece of head.pieces.splice(0)) {
          head.thread.taken();
          yield piece as Piece;
        }
      } else if (head.ended) {
        queue.shift();
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    await Promise.all(threads.map((thread) => thread.stop()));
  }
}

interface Listener {
  readonly progress: () => void;
  readonly free: (thread: Thread) => void;
  readonly fail: (error: unknown) => void;
}

/** One worker thread. */
class Thread {
  readonly #worker: Worker;
  /** Tasks that it was given and has not done, the one that it is at first. */
  readonly #running: Running[] = [];

  constructor(worker: Worker, { progress, free, fail }: Listener) {
    this.#worker = worker;
    worker.on('message', (message: FromWorker) => {
      const [running] = this.#running;
      if (running === undefined) return;
      if (message.kind === 'piece') {
        running.pieces.push(message.piece);
        progress();
        return;
      }
      running.ended = true;
      this.#running.shift();
      free(this);
    });
    worker.on('error', fail);
    worker.on('messageerror', fail);
    worker.on('exit', (code) => fail(new Error(`worker thread: ended by itself, code ${code}`)));
  }

  run(task: unknown, running: Running): void {
    this.#running.push(running);
    this.#post({ kind: 'task', task });
  }

  taken(): void {
    this.#post({ kind: 'taken' });
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }

  #post(message: ToWorker): void {
    this.#worker.postMessage(message);
  }
}
