import type { Compress } from './create-compressor.js';
import { Fifo } from './fifo.js';
import type { Job } from './job.js';

/**
 * Maximum number of compressions at a time, and bytes in them. Enough that other threads have work while the event loop
 * is busy, since it can submit more only once per turn; few enough that other work in libuv's pool, if the pool
 * compresses, starts within about 20 ms.
 */
const MAX_RUNNING = 256;
const MAX_RUNNING_BYTES = 1024 * 1024;

/** Compresses jobs, several at a time. Starts them in order. */
export class Compressor {
  readonly #waiting = new Fifo<Task>();
  #running = 0;
  #runningBytes = 0;
  readonly #compress: Compress;

  constructor(compress: Compress) {
    this.#compress = compress;
  }

  /** Compresses a job, then calls `done` with the error, if any. Skips jobs that were dropped. */
  submit(job: Job, done: Done): void {
    this.#waiting.push({ job, done });
    this.#next();
  }

  #next(): void {
    while (this.#running < MAX_RUNNING && this.#runningBytes < MAX_RUNNING_BYTES) {
      const task = this.#waiting.shift();
      if (task === undefined) return;
      if (!task.job.isRaw) continue;
      this.#running++;
      this.#runningBytes += task.job.contentBytes;
      void this.#run(task);
    }
  }

  async #run({ job, done }: Task): Promise<void> {
    let failure: unknown;
    try {
      await job.compress(this.#compress);
    } catch (error) {
      failure = error;
    }
    this.#running--;
    this.#runningBytes -= job.contentBytes;
    done(failure);
    this.#next();
  }
}

type Done = (failure: unknown) => void;

interface Task {
  readonly job: Job;
  readonly done: Done;
}
