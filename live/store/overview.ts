import { LIMITED_BY, type LimitedBy } from '../../analysis/index.js';
import type { OverviewSecondJson } from '../wire/index.js';
import { timeText } from './row-fields.js';
import type { SecondGrowth } from './second.js';

interface Second {
  readonly second: number;
  readonly open: number;
  readonly opened: number;
  readonly closed: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
  readonly retransmittedBytes: number;
  readonly limitedUs: Float64Array;
}

/** Seconds of all connections together. */
export class Overview {
  readonly #seconds: Second[] = [];
  readonly #keptSec: number;
  #opened = 0;
  #closed = 0;
  #sent = 0;
  #received = 0;
  #retransmitted = 0;
  #limitedUs = new Float64Array(LIMITED_BY.length);

  /** @param keptSec seconds to keep */
  constructor(keptSec: number) {
    this.#keptSec = keptSec;
  }

  /** Counts a connection that opened. */
  countOpened(): void {
    this.#opened++;
  }

  /** Counts a connection that ended. */
  countClosed(): void {
    this.#closed++;
  }

  /** Adds a connection's growth in the current second. */
  add(growth: SecondGrowth): void {
    this.#sent += growth.sentBytes;
    this.#received += growth.receivedBytes;
    this.#retransmitted += growth.retransBytes;
    const { causesUs } = growth.limits;
    for (let i = 0; i < causesUs.length; i++) this.#limitedUs[i] = (this.#limitedUs[i] ?? 0) + (causesUs[i] ?? 0);
  }

  /** Ends the current second. */
  finish(second: number, open: number): void {
    this.#seconds.push({
      second,
      open,
      opened: this.#opened,
      closed: this.#closed,
      sentBytes: this.#sent,
      receivedBytes: this.#received,
      retransmittedBytes: this.#retransmitted,
      limitedUs: this.#limitedUs,
    });
    if (this.#seconds.length > this.#keptSec) this.#seconds.shift();
    this.#opened = 0;
    this.#closed = 0;
    this.#sent = 0;
    this.#received = 0;
    this.#retransmitted = 0;
    this.#limitedUs = new Float64Array(LIMITED_BY.length);
  }

  /**
   * Returns the seconds from `from` on, oldest first.
   * @param shiftUs difference of the clock from the seconds
   */
  since(from: number, shiftUs: number): OverviewSecondJson[] {
    return this.#seconds.filter(({ second }) => second >= from).map((each) => secondJson(each, shiftUs));
  }
}

function secondJson({ second, limitedUs, ...rest }: Second, shiftUs: number): OverviewSecondJson {
  const limits: Partial<Record<LimitedBy, number>> = {};
  LIMITED_BY.forEach((cause, i) => {
    const us = limitedUs[i] ?? 0;
    if (us > 0) limits[cause] = us;
  });
  return { time: timeText(second * 1e6 + shiftUs), ...rest, limitedUs: limits };
}
