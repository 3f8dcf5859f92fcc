import type { Executor, Listener, Running } from './executor.js';
import { WINDOW_PIECES } from './messages.js';
import type { Emit } from './serve-tasks.js';

/** Does a task; throws soon after `signal` was aborted. */
export type RunHere<Task, Piece> = (task: Task, emit: Emit<Piece>, signal: AbortSignal) => Promise<void>;

/** Does tasks on the thread that asks for them, as {@link Thread} does on another: its window is as wide. */
export class ThisThread<Task, Piece> implements Executor {
  readonly #runHere: RunHere<Task, Piece>;
  readonly #listener: Listener;
  readonly #aborted = new AbortController();
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;
  #room: (() => void) | undefined;

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
      this.#waiting++;
      if (this.#waiting < WINDOW_PIECES) return;
      await new Promise<void>((resolve) => {
        this.#room = resolve;
      });
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
    this.#waiting--;
    this.#makeRoom();
  }

  async stop(): Promise<void> {
    this.#aborted.abort();
    this.#makeRoom();
    await this.#last;
  }

  #makeRoom(): void {
    this.#room?.();
    this.#room = undefined;
  }
}
