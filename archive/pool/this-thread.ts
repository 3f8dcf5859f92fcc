import type { Executor, Listener, Running } from './executor.js';
import type { Emit } from './serve-tasks.js';
import { Window } from './window.js';

/** Function that runs a task on the calling thread; it must throw soon after `signal` is aborted. */
export type RunHere<Task, Piece> = (task: Task, emit: Emit<Piece>, signal: AbortSignal) => Promise<void>;

/** Runs tasks on the calling thread, with the same window as {@link Thread}. */
export class ThisThread<Task, Piece> implements Executor {
  readonly #runHere: RunHere<Task, Piece>;
  readonly #listener: Listener;
  readonly #aborted = new AbortController();
  #last: Promise<void> = Promise.resolve();
  readonly #window = new Window();

  constructor(runHere: RunHere<Task, Piece>, listener: Listener) {
    this.#runHere = runHere;
    this.#listener = listener;
  }

  run(task: unknown, running: Running): void {
    const { signal } = this.#aborted;
    const emit: Emit<Piece> = async (piece) => {
      signal.throwIfAborted();
      running.pieces.push(piece);
      this.#listener.progress();
      await this.#window.given();
      signal.throwIfAborted();
    };
    this.#last = this.#last.then(async () => {
      if (signal.aborted) return;
      try {
        await this.#runHere(task as Task, emit, signal);
      } catch (error) {
        if (!signal.aborted) this.#listener.fail(error);
        return;
      }
      running.ended = true;
      this.#listener.free(this);
    });
  }

  taken(): void {
    this.#window.taken();
  }

  async stop(): Promise<void> {
    this.#aborted.abort();
    this.#window.release();
    await this.#last;
  }
}
