import { LIMITED_BY } from '../../analysis/index.js';

/** Gauges of a cell, in the order of its columns. */
export const CELL_GAUGES = ['rttUs', 'minRttUs', 'cwndBytes', 'flightBytes', 'windowBytes'] as const;
/** Counters of a cell whose growth is kept, in the order of its columns. */
export const CELL_COUNTERS = ['bytesSent', 'bytesAcked', 'bytesReceived', 'totalRetrans'] as const;

const GAUGES = CELL_GAUGES.length;
const COUNTERS = CELL_COUNTERS.length;
const LIMITS = LIMITED_BY.length;
/** Value of a gauge that is unknown. */
const UNKNOWN = 0xffff_ffff;
const MAX_GAUGE = UNKNOWN - 1;
const MAX_U16 = 0xffff;

/** Values of one second of a connection. */
export interface SecondSample {
  /** Second since 1970. */
  readonly second: number;
  readonly state: number;
  readonly records: number;
  /** Gauges as of the last record, in the order of {@link CELL_GAUGES}. */
  readonly gauges: readonly (number | null)[];
  /** Growth, in the order of {@link CELL_COUNTERS}; null if unknown. */
  readonly grown: readonly (number | null)[];
  /** Microseconds limited by each cause, in the order of `LIMITED_BY`. */
  readonly limitedUs: Readonly<Float64Array>;
}

/** Arrays of the cells of a ring, by place. Each gauge has one value or, in merged cells, smallest, largest and last. */
export class HistoryCells {
  readonly second: Float64Array;
  /** Seconds from the first to the last one in the cell. */
  readonly length: Uint8Array;
  readonly state: Uint8Array;
  readonly records: Uint16Array;
  readonly #grown: Float64Array;
  readonly #gauges: Uint32Array;
  readonly #limited: Uint32Array;
  /** Values of each gauge: 1 or 3. */
  readonly #values: 1 | 3;

  constructor(capacity: number, values: 1 | 3) {
    this.#values = values;
    this.second = new Float64Array(capacity);
    this.length = new Uint8Array(capacity);
    this.state = new Uint8Array(capacity);
    this.records = new Uint16Array(capacity);
    this.#grown = new Float64Array(capacity * COUNTERS);
    this.#gauges = new Uint32Array(capacity * GAUGES * values);
    this.#limited = new Uint32Array(capacity * LIMITS);
  }

  /** Returns the size of a cell in bytes, with its place in a `CellRing`. */
  static bytesPerCell(values: 1 | 3): number {
    const ring = 8 + 8;
    return ring + 8 + 1 + 1 + 2 + 8 * COUNTERS + 4 * GAUGES * values + 4 * LIMITS;
  }

  /** Writes a second, or adds it to the cell if `isMerge`. */
  write(place: number, sample: SecondSample, isMerge: boolean): void {
    if (!isMerge) this.#clear(place, sample.second);
    this.length[place] = sample.second + 1 - (this.second[place] ?? 0);
    this.state[place] = sample.state;
    this.records[place] = Math.min(MAX_U16, (this.records[place] ?? 0) + sample.records);
    for (let i = 0; i < COUNTERS; i++) this.#grow(place, i, sample.grown[i] ?? null);
    for (let i = 0; i < GAUGES; i++) {
      const value = sample.gauges[i] ?? null;
      this.#addGauge(place, i, value, value, value);
    }
    for (let i = 0; i < LIMITS; i++) this.#limit(place, i, sample.limitedUs[i] ?? 0);
  }

  /** Adds a cell of other cells to one of these; `isMerge` is false for the first. */
  merge(place: number, from: HistoryCells, at: number, second: number, isMerge: boolean): void {
    if (!isMerge) this.#clear(place, second);
    this.length[place] = (from.second[at] ?? 0) + (from.length[at] ?? 0) - second;
    this.state[place] = from.state[at] ?? 0;
    this.records[place] = Math.min(MAX_U16, (this.records[place] ?? 0) + (from.records[at] ?? 0));
    for (let i = 0; i < COUNTERS; i++) this.#grow(place, i, from.grown(at, i));
    for (let i = 0; i < GAUGES; i++) {
      this.#addGauge(place, i, from.gauge(at, i, 'low'), from.gauge(at, i, 'high'), from.gauge(at, i, 'last'));
    }
    for (let i = 0; i < LIMITS; i++) this.#limit(place, i, from.limitedUs(at, i));
  }

  /** Returns the growth of a counter; null if unknown. */
  grown(place: number, counter: number): number | null {
    const value = this.#grown[place * COUNTERS + counter] ?? Number.NaN;
    return Number.isNaN(value) ? null : value;
  }

  /** Returns a value of a gauge; null if unknown. */
  gauge(place: number, gauge: number, which: 'low' | 'high' | 'last'): number | null {
    const offset = this.#values === 1 || which === 'low' ? 0 : which === 'high' ? 1 : 2;
    const value = this.#gauges[(place * GAUGES + gauge) * this.#values + offset] ?? UNKNOWN;
    return value === UNKNOWN ? null : value;
  }

  /** Returns the microseconds limited by a cause. */
  limitedUs(place: number, cause: number): number {
    return this.#limited[place * LIMITS + cause] ?? 0;
  }

  #clear(place: number, second: number): void {
    this.second[place] = second;
    this.records[place] = 0;
    this.#grown.fill(Number.NaN, place * COUNTERS, (place + 1) * COUNTERS);
    this.#gauges.fill(UNKNOWN, place * GAUGES * this.#values, (place + 1) * GAUGES * this.#values);
    this.#limited.fill(0, place * LIMITS, (place + 1) * LIMITS);
  }

  #grow(place: number, counter: number, by: number | null): void {
    if (by === null) return;
    const at = place * COUNTERS + counter;
    const before = this.#grown[at] ?? Number.NaN;
    this.#grown[at] = (Number.isNaN(before) ? 0 : before) + by;
  }

  #addGauge(place: number, gauge: number, low: number | null, high: number | null, last: number | null): void {
    if (low === null || high === null || last === null) return;
    const at = (place * GAUGES + gauge) * this.#values;
    if (this.#values === 1) {
      this.#gauges[at] = clip(last);
      return;
    }
    const [lowest = UNKNOWN, highest = UNKNOWN] = [this.#gauges[at], this.#gauges[at + 1]];
    this.#gauges[at] = Math.min(lowest, clip(low));
    this.#gauges[at + 1] = highest === UNKNOWN ? clip(high) : Math.max(highest, clip(high));
    this.#gauges[at + 2] = clip(last);
  }

  #limit(place: number, cause: number, us: number): void {
    const at = place * LIMITS + cause;
    this.#limited[at] = Math.min(MAX_GAUGE, (this.#limited[at] ?? 0) + Math.round(us));
  }
}

/** Clips a value to what 32 bits hold beside "unknown". */
function clip(value: number): number {
  return Math.min(MAX_GAUGE, Math.max(0, Math.round(value)));
}
