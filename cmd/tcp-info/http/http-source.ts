import type { CountedExchange, HttpCounts, HttpExchange, OpenRequests } from '../../../http/index.js';
import type { JoinCounts } from '../../../view/http/index.js';

/** Receiver of exchanges: whole ones, or what totals need of them. */
export interface ExchangeSink {
  add(exchange: HttpExchange): void;
  /** @param exchange valid until it returns */
  count(exchange: CountedExchange): void;
}

/** Source of exchanges: the network, or files. */
export interface HttpSource {
  /** Name for the title: `ports 80, 8080`, or the files. */
  readonly name: string;
  /** Counts since the start: seen, missed, not readable. */
  readonly counts: HttpCounts;
  /** Look-ups in the kernel; undefined without any. */
  readonly join: JoinCounts | undefined;
  /** Requests whose answers have not all passed; null if no request waits. */
  readonly open: OpenRequests | null;
  /** Time up to which all packets were seen, microseconds since 1970; undefined before the first. */
  readonly nowUs: number | undefined;
  /**
   * Delivers exchanges until the end, or until the signal.
   * @param sink takes each, in the way for which the source was opened
   * @param room waits until the output takes more; files are read no further before
   */
  run(sink: ExchangeSink, room: () => Promise<void>, signal: AbortSignal): Promise<void>;
}
