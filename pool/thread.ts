import { Worker } from 'node:worker_threads';
import type { Executor, Listener, Running } from './executor.js';
import type { FromWorker, ToWorker } from './messages.js';

/** Does tasks on a worker thread. */
export class Thread implements Executor {
  readonly #worker: Worker;
  /** Tasks that it was given and has not done, the one that it is at first. */
  readonly #running: Running[] = [];

  /**
   * @param module calls `serveTasks`
   * @param workerData a plain value
   */
  constructor(module: URL, workerData: unknown, { progress, free, fail }: Listener) {
    // Flags of this process, such as --eval's, are not for threads.
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
    this.#worker.on('exit', (code) => fail(new Error(`worker thread: ended by itself, code ${code}`)));
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
