import { Worker } from 'node:worker_threads';
import type { Executor, Listener, Running } from './executor.js';
import type { FromWorker, ToWorker } from './messages.js';

/** Runs tasks on a worker thread. */
export class Thread implements Executor {
  readonly #worker: Worker;
  /** Tasks that are not finished; the first is the current one. */
  readonly #running: Running[] = [];

  /**
   * @param module module that calls `serveTasks`
   * @param workerData plain value for the thread
   */
  constructor(module: URL, workerData: unknown, { progress, free, fail }: Listener) {
    // Flags of this process, such as --eval, must not apply to threads.
    this.#worker = new Worker(module, { workerData, execArgv: [] });
    this.#worker.on('message', (message: FromWorker) => {
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
    this.#worker.on('error', fail);
    this.#worker.on('messageerror', fail);
    this.#worker.on('exit', (code) => fail(new Error(`worker thread exited unexpectedly with code ${code}`)));
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
