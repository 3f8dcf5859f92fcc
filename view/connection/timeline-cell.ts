import { ExtentBuilder } from '../chart/index.js';
import { LIMITS, type LimitName } from '../index.js';

/** Snapshot with the values that the timeline shows. Counters are totals since the start; null if unknown. */
export interface TimelineSample {
  readonly timeUs: number;
  readonly state: number;
  readonly bytesSent: number | null;
  readonly bytesAcked: number | null;
  readonly bytesReceived: number | null;
  readonly totalRetrans: number | null;
  readonly rttUs: number | null;
  readonly minRttUs: number | null;
  readonly cwndBytes: number | null;
  readonly flightBytes: number | null;
  /** Window that the peer advertises. */
  readonly windowBytes: number | null;
  /** Limit in the interval that ends with this snapshot. */
  readonly limitedBy: LimitName | null;
}

/** Counters whose increase is shown. */
export const COUNTERS = ['bytesSent', 'bytesAcked', 'bytesReceived', 'totalRetrans'] as const;
/** Name of one of {@link COUNTERS}. */
export type Counter = (typeof COUNTERS)[number];
/** Values that hold at a moment. */
export const GAUGES = ['rttUs', 'minRttUs', 'cwndBytes', 'flightBytes', 'windowBytes'] as const;
/** Name of one of {@link GAUGES}. */
export type Gauge = (typeof GAUGES)[number];

/** Most states kept per cell; only a broken connection enters more. */
export const MAX_STATES = 8;

/** Events and values in a stretch of time. */
export class Cell {
  /** Number of records. */
  snapshots = 0;
  /** Time of the last record, microseconds since 1970. */
  endUs = 0;
  /** State in the last record; undefined without a record. */
  state: number | undefined;
  /** States entered, in order. */
  readonly entered: number[] = [];
  /** Increase of each counter; null without a record that has it. */
  readonly grown: Record<Counter, number | null> = {
    bytesSent: null,
    bytesAcked: null,
    bytesReceived: null,
    totalRetrans: null,
  };
  readonly gauges: Readonly<Record<Gauge, ExtentBuilder>> = {
    rttUs: new ExtentBuilder(),
    minRttUs: new ExtentBuilder(),
    cwndBytes: new ExtentBuilder(),
    flightBytes: new ExtentBuilder(),
    windowBytes: new ExtentBuilder(),
  };
  /** Microseconds limited by each cause, in the order of {@link LIMITS}. */
  readonly limitedUs = new Float64Array(LIMITS.length);

  /** Adds the cell that follows this one. */
  merge(next: Cell): void {
    this.snapshots += next.snapshots;
    this.endUs = Math.max(this.endUs, next.endUs);
    this.state = next.state ?? this.state;
    for (const state of next.entered) this.enter(state);
    for (const counter of COUNTERS) this.grow(counter, next.grown[counter]);
    for (const gauge of GAUGES) this.gauges[gauge].merge(next.gauges[gauge]);
    next.limitedUs.forEach((us, i) => {
      this.limitedUs[i] = (this.limitedUs[i] ?? 0) + us;
    });
  }

  /** Copies state and gauges from the cell before, if this cell has no record: nothing has changed. */
  carry(before: Cell): void {
    if (this.snapshots > 0) return;
    this.state = before.state;
    for (const counter of COUNTERS) this.grow(counter, before.grown[counter] === null ? null : 0);
    for (const gauge of GAUGES) this.gauges[gauge].add(before.gauges[gauge].extent?.last);
  }

  /** Adds a state that was entered. */
  enter(state: number): void {
    if (this.entered.length < MAX_STATES) this.entered.push(state);
  }

  /** Adds to a counter. */
  grow(counter: Counter, by: number | null): void {
    if (by !== null) this.grown[counter] = (this.grown[counter] ?? 0) + by;
  }

  /** Cause that limited the connection longest, with its share of the known time; undefined if no time is known. */
  get limit(): { readonly name: LimitName; readonly share: number } | undefined {
    const total = this.limitedUs.reduce((sum, us) => sum + us, 0);
    const most = this.limitedUs.indexOf(Math.max(...this.limitedUs));
    const name = LIMITS[most]?.name;
    return total > 0 && name !== undefined ? { name, share: (this.limitedUs[most] ?? 0) / total } : undefined;
  }
}
