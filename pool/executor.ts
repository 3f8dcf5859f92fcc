/** A task that was given to an executor, and what came of it so far. */
export interface Running {
  readonly executor: Executor;
  readonly pieces: unknown[];
  ended: boolean;
}

/** Does tasks, one after the other. */
export interface Executor {
  run(task: unknown, running: Running): void;
  /** One of its pieces has been taken: there is room for another. */
  taken(): void;
  /** Gives up what it is doing. Its errors are of no interest any more. */
  stop(): Promise<void>;
}

/** Hears of an executor's work. */
export interface Listener {
  /** A piece has come, or a task has ended. */
  readonly progress: () => void;
  /** It is done with a task. */
  readonly free: (executor: Executor) => void;
  readonly fail: (error: unknown) => void;
}
