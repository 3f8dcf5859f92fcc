import type { ClosedChoice } from '../wire/index.js';

/** Request for a view of connections, as texts; absent: the default of each. */
export interface ViewRequest {
  /** Expression; empty: every connection. */
  readonly filter?: string;
  /** Up to three fields with commas, each with `-` before it for largest first. Default: by throughput, then by key. */
  readonly sort?: string;
  /** First row of the window (default 0). */
  readonly offset?: number;
  /** Rows of the window (default 100, at most 10,000). */
  readonly limit?: number;
  /** `default`, `all`, or names of fields and parts with commas. */
  readonly fields?: string;
  /** Closed connections too (`true`), not (`false`, the default), or `only` these. */
  readonly closed?: ClosedChoice;
}
