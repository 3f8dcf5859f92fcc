import { formatTimestamp } from '../parse/index.js';

/** Clocks that the saver uses. */
export interface Clock {
  /** Returns milliseconds that never go backwards, for ages. */
  monotonicMs(): number;
  /** Returns the current time, RFC 3339 UTC, for dates. */
  timestamp(): string;
}

/** The machine's clocks. */
export const SYSTEM_CLOCK: Clock = {
  monotonicMs: () => performance.now(),
  timestamp: () => formatTimestamp(BigInt(Date.now()) * 1_000_000n),
};
