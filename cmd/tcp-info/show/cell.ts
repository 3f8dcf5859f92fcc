import { ExtentBuilder } from '../../../chart/index.js';
import { LIMITS, type LimitName } from '../../reading/limits.js';

/** One snapshot, as far as the timeline looks at it. Counters since the beginning; null where unknown. */
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
  /** The window that the peer advertises. */
  readonly windowBytes: number | null;
  /** In the interval that ends with this snapshot. */
  readonly limitedBy: LimitName | null;
}

/** Counters whose growth is of interest. */
export const COUNTERS = ['bytesSent', 'bytesAcked', 'bytesReceived', 'totalRetrans'] as const;
/** One of them. */
export type Counter = (typeof COUNTERS)[number];
/** Figures that are what they are at a moment. */
export const GAUGES = ['rttUs', 'minRttUs', 'cwndBytes', 'flightBytes', 'windowBytes'] as const;
/** One of them. */
export type Gauge = (typeof GAUGES)[number];

/** States that are remembered of one stretch of time; more are passed through only by what is broken. */
const MAX_STATES = 8;

/** What happened in a stretch of time. */
export class Cell {
  /** Records in it. */
  snapshots = 0;
  /** When its last record was made, microseconds since 1970. */
  endUs = 0;
  /** The state in its last record; undefined while it has none. */
  state: number | undefined;
  /** States that were entered in it, in order. */
  readonly entered: number[] = [];
  /** By how much each counter grew; null while no record has it. */
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
  /** Microseconds limited by each, in the order of {@link LIMITS}. */
  readonly limitedUs = new Float64Array(LIMITS.length);

  /** Takes in what came right after. */
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

  /** Without a record nothing has changed: what was true before it still is. */
  carry(before: Cell): void {
    if (this.snapshots > 0) return;
    this.state = before.state;
    for (const counter of COUNTERS) this.grow(counter, before.grown[counter] === null ? null : 0);
    for (const gauge of GAUGES) this.gauges[gauge].add(before.gauges[gauge].extent?.last);
  }

  /** Remembers that a state was entered. */
  enter(state: number): void {
    if (this.entered.length < MAX_STATES) this.entered.push(state);
  }

  /** Adds to a counter. */
  grow(counter: Counter, by: number | null): void {
    if (by !== null) this.grown[counter] = (this.grown[counter] ?? 0) + by;
  }

  /** What limited the connection for the longest, and for which share of the time that is known; undefined without any. */
  get limit(): { readonly name: LimitName; readonly share: number } | undefined {
    const total = this.limitedUs.reduce((sum, us) => sum + us, 0);
    const most = this.limitedUs.indexOf(Math.max(...this.limitedUs));
    const name = LIMITS[most]?.name;
    return total > 0 && name !== undefined ? { name, share: (this.limitedUs[most] ?? 0) / total } : undefined;
  }
}
