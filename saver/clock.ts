import { formatTimestamp } from '../parse/index.js';

/** What the saver knows of time. */
export interface Clock {
  /** Milliseconds that never go backwards, for ages. */
  monotonicMs(): number;
  /** Now, RFC 3339 UTC, for dates. */
  timestamp(): string;
}

/** The machine's clocks. */
export const SYSTEM_CLOCK: Clock = {
  monotonicMs: () => performance.now(),
  timestamp: () => formatTimestamp(BigInt(Date.now()) * 1_000_000n),
};
