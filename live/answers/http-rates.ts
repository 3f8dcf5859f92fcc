/** HTTP of the machine, of a host, or of a section of it, in a window of time, as far as alerts look at it. */
export interface HttpRates {
  /** Null for the machine. */
  readonly host: string | null;
  /** Null for a whole host, and for the machine. */
  readonly section: string | null;
  readonly requestsPerSec: number;
  /** Null for a section, whose answers are not counted apart. */
  readonly responsesPerSec: number | null;
  /** Share of the answers with a status from 500; null without answers. */
  readonly errorRate: number | null;
  /** 95th percentile of the time to the first byte of the answer, microseconds; null without one. */
  readonly ttfbUs: number | null;
}
