/** Task of an executor, with its results so far. */
export interface Running {
  readonly executor: Executor;
  readonly pieces: unknown[];
  ended: boolean;
}

/** Runs tasks, one after the other. */
export interface Executor {
  run(task: unknown, running: Running): void;
  /** Notifies the executor that one of its pieces was taken, so there is room for another. */
  taken(): void;
  /** Aborts the current task. Later errors are ignored. */
  stop(): Promise<void>;
}

/** Callbacks of an executor. */
export interface Listener {
  /** Called when a piece has arrived or a task has ended. */
  readonly progress: () => void;
  /** Called when the executor has finished a task. */
  readonly free: (executor: Executor) => void;
  readonly fail: (error: unknown) => void;
}
