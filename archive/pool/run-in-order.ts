import type { Executor, Listener, Running } from './executor.js';
import { type RunHere, ThisThread } from './this-thread.js';
import { Thread } from './thread.js';

/** Options of {@link runInOrder}. */
export interface PoolOptions<Task, Piece> {
  /** Module that every thread runs; it calls `serveTasks`. */
  readonly worker: URL;
  /** Number of threads, at least 1. Fewer are started when there are fewer tasks. */
  readonly threads: number;
  /** Plain value for every thread: `workerData` of worker_threads. */
  readonly workerData?: unknown;
  /**
   * Runs tasks on this thread, which then counts as one of `threads`: it begins at once, and its pieces are not copied.
   * It must await something from time to time, so that messages of other threads are handled.
   */
  readonly here?: RunHere<Task, Piece>;
}

/** Number of tasks assigned to a thread: when it finishes one, it already has the next. */
const TASKS_AHEAD = 2;

/**
 * Runs tasks on several threads, and yields the pieces of their results in the order of the tasks. A window limits how
 * far a thread is ahead, so memory depends on the number of threads, not on the tasks.
 * @throws errors of threads: an error of a task fails the run. All threads have ended when this returns or throws.
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
