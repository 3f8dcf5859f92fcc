import type { CountedExchange, HttpExchange } from '../../../http/index.js';

/** Output in one format. */
export interface HttpOutput {
  /** Takes an exchange. */
  add(exchange: HttpExchange): void;
  /** Takes what totals need of an exchange, valid until it returns. Absent if the output needs whole ones. */
  count?(exchange: CountedExchange): void;
  /**
   * Notes that all packets up to a time were seen.
   * @param nowUs microseconds since 1970
   * @param openSinceUs begin of the oldest request without its answer; absent if no request waits
   */
  advance(nowUs: number, openSinceUs?: number): void;
  /** Prints what is left. */
  finish(nowUs: number): void | Promise<void>;
}
