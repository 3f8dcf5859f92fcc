import type { HttpCounts, HttpExchange } from '../../../http/index.js';
import type { JoinCounts } from '../../../view/http/index.js';

/** Requests that have no answer yet. */
export interface OpenRequests {
  readonly requests: number;
  /** Begin of the oldest, microseconds since 1970. */
  readonly sinceUs: number;
}

/** Where exchanges come from: the network, or files. */
export interface HttpSource {
  /** Name for the title: `ports 80, 8080`, or the files. */
  readonly name: string;
  /** What was seen, missed and could not be read so far. */
  readonly counts: HttpCounts;
  /** Look-ups in the kernel; undefined without any. */
  readonly join: JoinCounts | undefined;
  /** Requests without an answer; undefined if there are none. */
  readonly open: OpenRequests | undefined;
  /** Time up to which all packets were seen, microseconds since 1970; undefined before the first. */
  readonly nowUs: number | undefined;
  /**
   * Delivers exchanges until the end, or until the signal.
   * @param onExchange called with each
   * @param room waits until the output takes more; files are read no further before
   */
  run(onExchange: (exchange: HttpExchange) => void, room: () => Promise<void>, signal: AbortSignal): Promise<void>;
}
