import { type CountedExchange, countedExchange, type HttpExchange } from '../index.js';
import { HttpWindow } from './http-window.js';
import { SegmentGrowth } from './retransmissions.js';

/** Options of {@link HttpWindows}. */
export interface HttpWindowsOptions {
  /** Length of a window in microseconds; infinite for one that takes everything. */
  readonly spanUs: number;
  /** Begin of the first window in microseconds since 1970; absent: that of the first exchange. */
  readonly fromUs?: number;
  /** Leaves out windows without an exchange: a file may be silent for days. */
  readonly skipsEmpty?: boolean;
  /** Called with each window that is complete. */
  readonly onWindow: (window: HttpWindow) => void;
}

/**
 * Divides exchanges into windows by the time that their requests began, answers with them. A window is complete when it
 * has ended and every request of it has its answer, or else when the next window has ended: what comes later still
 * counts, once, in the window of that moment, as {@link HttpWindow.late}.
 */
export class HttpWindows {
  readonly #options: HttpWindowsOptions;
  readonly #growth = new SegmentGrowth();
  /** Ended, and not complete. */
  #ended: HttpWindow | undefined;
  #current: HttpWindow | undefined;
  #hasReported = false;

  constructor(options: HttpWindowsOptions) {
    this.#options = options;
    if (options.fromUs !== undefined) this.#current = this.#begin(options.fromUs);
  }

  /** Window of this moment; undefined before the first exchange if no begin was given. */
  get current(): HttpWindow | undefined {
    return this.#current;
  }

  /** Counts an exchange. */
  add(exchange: HttpExchange): void {
    this.count(countedExchange(exchange));
  }

  /** Counts an exchange. */
  count(exchange: CountedExchange): void {
    const { beginUs } = exchange;
    this.#current ??= this.#begin(beginUs);
    this.#windowAt(beginUs, this.#current).count(exchange);
  }

  /**
   * Ends the windows before a time.
   * @param nowUs time up to which all packets were seen
   * @param openSinceUs begin of the oldest request without its answer; absent if no request waits
   */
  advance(nowUs: number, openSinceUs = Number.POSITIVE_INFINITY): void {
    while (this.#current !== undefined && nowUs >= this.#current.toUs) {
      const { fromUs, toUs, isEmpty } = this.#current;
      this.#report();
      if (isEmpty && this.#options.skipsEmpty === true) {
        const { spanUs } = this.#options;
        this.#current = this.#begin(fromUs + Math.floor((nowUs - fromUs) / spanUs) * spanUs);
      } else {
        this.#ended = this.#current;
        this.#current = this.#begin(toUs);
      }
    }
    if (this.#ended !== undefined && openSinceUs >= this.#ended.toUs) this.#report();
  }

  /** Completes everything; the last window ends at this time. There is one at least. */
  finish(nowUs: number): void {
    this.#report();
    const window = this.#current ?? this.#begin(nowUs);
    this.#current = undefined;
    if (window.isEmpty && this.#hasReported && this.#options.skipsEmpty === true) return;
    window.toUs = Math.min(window.toUs, Math.max(nowUs, window.fromUs));
    this.#options.onWindow(window);
  }

  /** Returns the window for a begin. */
  #windowAt(beginUs: number, current: HttpWindow): HttpWindow {
    if (beginUs >= current.toUs) {
      // Which requests are open is not known here.
      this.advance(beginUs, Number.NEGATIVE_INFINITY);
      return this.#current ?? current;
    }
    if (beginUs >= current.fromUs) return current;
    if (this.#ended !== undefined && beginUs >= this.#ended.fromUs) return this.#ended;
    current.late++;
    return current;
  }

  #begin(fromUs: number): HttpWindow {
    return new HttpWindow(fromUs, fromUs + this.#options.spanUs, this.#growth);
  }

  #report(): void {
    const window = this.#ended;
    this.#ended = undefined;
    if (window === undefined) return;
    this.#hasReported = true;
    this.#options.onWindow(window);
  }
}
