import type { Compress } from './compress.js';
import { Fifo } from './fifo.js';
import type { Job } from './job.js';

/**
 * Compressions at a time, and bytes in them: enough that there is work for other threads while the event loop is busy,
 * since it can give them more only once a turn; and few enough that what else runs in libuv's pool, if it is that, gets
 * its turn within some 20 ms.
 */
const MAX_RUNNING = 256;
const MAX_RUNNING_BYTES = 1024 * 1024;

/** Compresses jobs, in their order but several at a time. */
export class Compressor {
  readonly #waiting = new Fifo<Task>();
  #running = 0;
  #runningBytes = 0;
  readonly #compress: Compress;

  constructor(compress: Compress) {
    this.#compress = compress;
  }

  /** Compresses a job and calls back, with the error when it failed. Jobs that were dropped are passed over. */
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
