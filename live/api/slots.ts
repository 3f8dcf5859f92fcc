import { limitError, type ProblemError } from './problem.js';

/** Bounded number of things at a time, such as streams. */
export class Slots {
  readonly #capacity: number;
  readonly #message: string;
  #taken = 0;

  /** @param message sentence for the client when all are taken */
  constructor(capacity: number, message: string) {
    this.#capacity = capacity;
    this.#message = message;
  }

  /**
   * Takes a slot, and returns the function that frees it.
   * @throws ProblemError 429 when all are taken
   */
  take(): () => void {
    if (this.#taken === this.#capacity) throw limitError(this.#message);
    this.#taken++;
    let isTaken = true;
    return () => {
      if (isTaken) this.#taken--;
      isTaken = false;
    };
  }
}

/** Rows from which on a list is large. */
export const LARGE_ROWS = 1000;
/** Large lists in a second. */
const MAX_LARGE = 4;
const WINDOW_MS = 1000;

/** Bytes of large lists that clients have not read, together. */
const MAX_UNREAD_BYTES = 64 * 2 ** 20;

/**
 * Bounds of large lists for all clients together: one is made at a time, four a second, and only so many bytes wait for
 * clients that read slowly.
 */
export class LargeLists {
  readonly #slots = new Slots(1, `another list of more than ${LARGE_ROWS} rows is being made`);
  #sinceMs = Number.NEGATIVE_INFINITY;
  #begun = 0;
  #unreadBytes = 0;

  /**
   * Makes a large list, and returns it with the function to call when it is read.
   * @throws ProblemError 429, and what `make` throws
   */
  async make(
    nowMs: number,
    make: () => Promise<readonly Uint8Array[]>,
  ): Promise<{ readonly body: readonly Uint8Array[]; readonly done: () => void }> {
    if (nowMs - this.#sinceMs >= WINDOW_MS) {
      this.#sinceMs = nowMs;
      this.#begun = 0;
    }
    if (this.#begun === MAX_LARGE) throw limitError(`there were ${MAX_LARGE} lists of more than ${LARGE_ROWS} rows`);
    if (this.#unreadBytes >= MAX_UNREAD_BYTES) throw unreadError();
    const end = this.#slots.take();
    this.#begun++;
    let body: readonly Uint8Array[];
    try {
      body = await make();
    } finally {
      end();
    }
    return { body, done: this.#hold(body.reduce((sum, { length }) => sum + length, 0)) };
  }

  /** @throws ProblemError 429 unless so many more bytes may wait; a list alone always may */
  #hold(bytes: number): () => void {
    if (this.#unreadBytes > 0 && this.#unreadBytes + bytes > MAX_UNREAD_BYTES) throw unreadError();
    this.#unreadBytes += bytes;
    let isHeld = true;
    return () => {
      if (isHeld) this.#unreadBytes -= bytes;
      isHeld = false;
    };
  }
}

function unreadError(): ProblemError {
  return limitError(`clients have not read ${MAX_UNREAD_BYTES / 2 ** 20} MiB of lists of more than ${LARGE_ROWS} rows`);
}
