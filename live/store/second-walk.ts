import type { LiveRow } from './live-row.js';

/** Options of {@link SecondWalk}. */
export interface SecondWalkOptions {
  /** Time that grows evenly, microseconds since 1970 by the clock at the start. */
  readonly nowUs: () => number;
  /** Time that grows evenly, milliseconds. */
  readonly elapsedMs: () => number;
  /** Schedules the next slice. */
  readonly later: (work: () => void) => void;
  /** Ends the second of a row. Returns whether anything happened in it. */
  readonly finish: (row: LiveRow, second: number, elapsedUs: number) => boolean;
  /** Called when all rows are done. */
  readonly done: (second: number) => void;
  /** Called with an unexpected error of the work on a row; the other rows go on. */
  readonly onFault: (error: unknown) => void;
}

/** Longest work in one turn of the event loop, milliseconds. */
const SLICE_MS = 0.7;
/** Rows between two looks at the clock. */
const STEP = 16;
/** Time by which a timer may end a second early, because clocks differ. */
const EARLY_US = 100_000;

/** Walk at the end of each second, in slices, over the rows in which anything happened. */
export class SecondWalk {
  readonly #options: SecondWalkOptions;
  /** Rows that had a record in the second before, too: their rates fall to 0 without another. */
  #active: LiveRow[] = [];
  #walked: readonly LiveRow[] = [];
  #isWalking = false;
  /** `elapsedMs` at the last tick. */
  #tickMs: number;
  #second = 0;

  constructor(options: SecondWalkOptions) {
    this.#options = options;
    this.#tickMs = options.elapsedMs();
  }

  /** Rows of the last walk that has ended. */
  get walked(): readonly LiveRow[] {
    return this.#walked;
  }

  /** Notes that something happened in a row's second. */
  activate(row: LiveRow): void {
    if (row.isActive) return;
    row.isActive = true;
    this.#active.push(row);
  }

  /** Ends the current second. Returns false, and does nothing, while the last walk is not finished. */
  tick(): boolean {
    if (this.#isWalking) return false;
    this.#isWalking = true;
    const nowUs = this.#options.nowUs();
    const nowMs = this.#options.elapsedMs();
    const elapsedUs = Math.max(1, 1000 * (nowMs - this.#tickMs));
    this.#tickMs = nowMs;
    const active = this.#active;
    this.#active = [];
    // Ticks come just after a full second, or late. Seconds of a row are in order, also if the clock is set back.
    const second = Math.max(this.#second + 1, Math.floor((nowUs + EARLY_US) / 1e6) - 1);
    this.#second = second;
    this.#inSlices(
      active,
      (row) => {
        let happened = false;
        try {
          happened = this.#options.finish(row, second, elapsedUs);
        } finally {
          row.isActive = false;
        }
        // A row that just became quiet comes once more, so that its rates fall to 0.
        if (happened) this.activate(row);
      },
      () => {
        this.#isWalking = false;
        this.#walked = active;
        this.#options.done(second);
      },
    );
    return true;
  }

  /** Calls `work` for each row, for at most {@link SLICE_MS} in one turn, and then `done`. */
  #inSlices(rows: readonly LiveRow[], work: (row: LiveRow) => void, done: () => void): void {
    let at = 0;
    const slice = () => {
      const endMs = this.#options.elapsedMs() + SLICE_MS;
      while (at < rows.length) {
        const row = rows[at++];
        if (row !== undefined) this.#guarded(row, work);
        if (at % STEP === 0 && this.#options.elapsedMs() >= endMs) {
          this.#options.later(slice);
          return;
        }
      }
      done();
    };
    slice();
  }

  /** Does work on one row. A fault of one must not end the seconds of all. */
  #guarded(row: LiveRow, work: (row: LiveRow) => void): void {
    try {
      work(row);
    } catch (error) {
      this.#options.onFault(error);
    }
  }
}
