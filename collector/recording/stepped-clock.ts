import { formatTimestamp } from '../../parse/index.js';

/** Moment of an entry of a recording, by both clocks. */
export interface Moment {
  /** Monotonic clock, milliseconds. */
  readonly monotonicMs: number;
  /** Time of day, RFC 3339 UTC. */
  readonly timestamp: string;
}

/**
 * Clock that stands still between the entries of a recording. While a run is recorded, each entry moves it to the
 * machine's time, and the entry has that time. While a recording is replayed, each entry moves it to the entry's time.
 * So code that reads it decides the same in both.
 */
export class SteppedClock {
  #now: Moment = machineMoment();

  monotonicMs(): number {
    return this.#now.monotonicMs;
  }

  timestamp(): string {
    return this.#now.timestamp;
  }

  /** Moves to the machine's time, and returns it. */
  step(): Moment {
    this.#now = machineMoment();
    return this.#now;
  }

  /** Moves to the time of a recorded entry. */
  set(moment: Moment): void {
    this.#now = moment;
  }
}

function machineMoment(): Moment {
  return {
    monotonicMs: performance.now(),
    timestamp: formatTimestamp(BigInt(Date.now()) * 1_000_000n),
  };
}
