import { LIMITED_BY } from '../../analysis/index.js';
import { COUNTERS, GAUGES, type TimelineSample } from '../../view/connection/index.js';

/** Records kept of one connection. */
const RECORDS = 4096;
/** Seconds whose extremes are kept: more than the default history. */
const SECONDS = 1024;
const U32_BYTES = 4;
const F64_BYTES = 8;
/** Value of a gauge that is unknown. */
const UNKNOWN = 0xffff_ffff;
const NO_LIMIT = 0xff;

/** Smallest and largest value of each gauge in a second, in the order of `GAUGES`; null if unknown. */
export interface SecondExtremes {
  readonly low: (gauge: number) => number | null;
  readonly high: (gauge: number) => number | null;
}

/** Last records of one connection, and the extremes of its seconds, in a fixed amount of memory. */
export class RecordCells {
  /** Memory of one of these, bytes. */
  static readonly bytes: number =
    RECORDS * (F64_BYTES * (1 + COUNTERS.length) + U32_BYTES * GAUGES.length + 2) +
    SECONDS * (F64_BYTES + 2 * U32_BYTES * GAUGES.length);

  readonly #timesUs = new Float64Array(RECORDS);
  readonly #counters = new Float64Array(RECORDS * COUNTERS.length);
  readonly #gauges = new Uint32Array(RECORDS * GAUGES.length);
  readonly #states = new Uint8Array(RECORDS);
  readonly #limits = new Uint8Array(RECORDS);
  #count = 0;
  /** Sample before the oldest one here. */
  #before: TimelineSample;
  readonly #beganUs: number;
  readonly #seconds = new Float64Array(SECONDS).fill(-1);
  readonly #lows = new Uint32Array(SECONDS * GAUGES.length);
  readonly #highs = new Uint32Array(SECONDS * GAUGES.length);
  readonly #low = new Uint32Array(GAUGES.length).fill(UNKNOWN);
  readonly #high = new Uint32Array(GAUGES.length).fill(UNKNOWN);

  /**
   * @param before last record before those to be kept
   * @param beganUs time from which on each record is added, microseconds since 1970
   */
  constructor(before: TimelineSample, beganUs: number) {
    this.#before = { ...before };
    this.#beganUs = beganUs;
  }

  /** Time from which on all records are here, microseconds since 1970. */
  get sinceUs(): number {
    return this.#count > RECORDS ? this.#before.timeUs + 1 : this.#beganUs;
  }

  /** Record before the oldest one here. */
  get before(): TimelineSample {
    return this.#before;
  }

  /** Adds the next record. */
  add(sample: TimelineSample): void {
    const place = this.#count % RECORDS;
    if (this.#count >= RECORDS) this.#before = this.#at(place);
    this.#count++;
    this.#timesUs[place] = sample.timeUs;
    this.#states[place] = sample.state;
    this.#limits[place] = sample.limitedBy === null ? NO_LIMIT : LIMITED_BY.indexOf(sample.limitedBy);
    COUNTERS.forEach((counter, i) => {
      this.#counters[place * COUNTERS.length + i] = sample[counter] ?? Number.NaN;
    });
    GAUGES.forEach((gauge, i) => {
      const value = sample[gauge];
      const packed = value === null ? UNKNOWN : Math.min(UNKNOWN - 1, Math.max(0, Math.round(value)));
      this.#gauges[place * GAUGES.length + i] = packed;
      if (value === null) return;
      this.#low[i] = Math.min(this.#low[i] ?? UNKNOWN, packed);
      this.#high[i] = this.#high[i] === UNKNOWN ? packed : Math.max(this.#high[i] ?? 0, packed);
    });
  }

  /** Ends a second: the extremes since the last call are those of the second. */
  finishSecond(second: number): void {
    const place = second % SECONDS;
    this.#seconds[place] = second;
    this.#lows.set(this.#low, place * GAUGES.length);
    this.#highs.set(this.#high, place * GAUGES.length);
    this.#low.fill(UNKNOWN);
    this.#high.fill(UNKNOWN);
  }

  /** Returns the extremes of a second; undefined if they are not known. */
  extremes(second: number): SecondExtremes | undefined {
    const place = second % SECONDS;
    if (this.#seconds[place] !== second) return undefined;
    return {
      low: (gauge) => known(this.#lows[place * GAUGES.length + gauge]),
      high: (gauge) => known(this.#highs[place * GAUGES.length + gauge]),
    };
  }

  /** Iterates over the records, oldest first. */
  *samples(): Generator<TimelineSample, void, undefined> {
    for (let n = Math.max(0, this.#count - RECORDS); n < this.#count; n++) yield this.#at(n % RECORDS);
  }

  #at(place: number): TimelineSample {
    const counter = (i: number): number | null => {
      const value = this.#counters[place * COUNTERS.length + i] ?? Number.NaN;
      return Number.isNaN(value) ? null : value;
    };
    const gauge = (i: number): number | null => known(this.#gauges[place * GAUGES.length + i]);
    const [bytesSent, bytesAcked, bytesReceived, totalRetrans] = [counter(0), counter(1), counter(2), counter(3)];
    const [rttUs, minRttUs, cwndBytes, flightBytes, windowBytes] = [gauge(0), gauge(1), gauge(2), gauge(3), gauge(4)];
    return {
      timeUs: this.#timesUs[place] ?? 0,
      state: this.#states[place] ?? 0,
      ...{ bytesSent, bytesAcked, bytesReceived, totalRetrans },
      ...{ rttUs, minRttUs, cwndBytes, flightBytes, windowBytes },
      limitedBy: LIMITED_BY[this.#limits[place] ?? NO_LIMIT] ?? null,
    };
  }
}

function known(value: number | undefined): number | null {
  return value === undefined || value === UNKNOWN ? null : value;
}
