import type { Executor, Listener, Running } from './executor.js';
import { type RunHere, ThisThread } from './this-thread.js';
import { Thread } from './thread.js';

/** How a pool works. */
export interface PoolOptions<Task, Piece> {
  /** The module that every thread runs; it calls `serveTasks`. */
  readonly worker: URL;
  /** How many threads, at least 1. Fewer are started when there are fewer tasks. */
  readonly threads: number;
  /** A plain value for every thread: worker_threads' `workerData`. */
  readonly workerData?: unknown;
  /**
   * Does tasks on this thread, which then is one of `threads`: it begins at once, and what it gives is not copied. It
   * waits for something now and then, so that other threads are heard.
   */
  readonly here?: RunHere<Task, Piece>;
}

/** Tasks that a thread has at a time: the next one is there when it is done with one. */
const TASKS_AHEAD = 2;

/**
 * Does tasks on several threads, and gives the pieces of their results in the order of the tasks. What a thread is ahead
 * is bounded by its window, so memory is bounded by the threads, whatever the tasks.
 * @throws what a thread throws: an error of a task is an error of the run. Threads have ended when this returns or throws.
 */
export async function* runInOrder<Task, Piece>(
  tasks: Iterable<Task>,
  { worker, threads: count, workerData, here }: PoolOptions<Task, Piece>,
): AsyncGenerator<Piece, void, undefined> {
  const next = tasks[Symbol.iterator]();
  const queue: Running[] = [];
  const executors: Executor[] = [];
  let failure: { readonly error: unknown } | undefined;
  let wake = (): void => undefined;
  const give = (executor: Executor): void => {
    const task = next.next();
    if (task.done === true) return;
    const running: Running = { executor, pieces: [], ended: false };
    queue.push(running);
    executor.run(task.value, running);
  };
  const listener: Listener = {
    progress: () => wake(),
    free: (freed) => {
      give(freed);
      wake();
    },
    fail: (error) => {
      failure ??= { error };
      wake();
    },
  };
  try {
    for (let i = 0; i < count; i++) {
      const isHere = i === 0 && here !== undefined;
      const executor = isHere ? new ThisThread(here, listener) : new Thread(worker, workerData, listener);
      executors.push(executor);
      const before = queue.length;
      give(executor);
      if (queue.length === before) break;
    }
    for (let ahead = 1; ahead < TASKS_AHEAD; ahead++) for (const executor of executors) give(executor);
    for (;;) {
      if (failure !== undefined) throw failure.error;
      const head = queue[0];
      if (head === undefined) return;
      if (head.pieces.length > 0) {
        for (const piece of head.pieces.splice(0)) {
          head.executor.taken();
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
    await Promise.all(executors.map((executor) => executor.stop()));
  }
}
