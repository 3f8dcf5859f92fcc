import { type Bucket, TimeBuckets, type TimeGrid } from '../chart/index.js';
import { LIMITS } from '../index.js';
import { Cell, COUNTERS, type TimelineSample } from './timeline-cell.js';

/** Time resolution: a picture has fewer than half as many columns of pixels. */
const CELLS = 4096;

/** Connection over time, in constant memory. */
export class Timeline {
  readonly #buckets: TimeBuckets<Cell>;
  /** Previous sample; a copy, because callers may reuse one object. */
  #last: TimelineSample | undefined;

  /** @param grid moments at which cells begin (default: the first sample, and each millisecond) */
  constructor(grid?: TimeGrid) {
    this.#buckets = new TimeBuckets<Cell>({
      capacity: CELLS,
      grid,
      create: () => new Cell(),
      merge: (into, next) => into.merge(next),
    });
  }

  /** Takes a snapshot before the first one of the timeline: counters grow from it. */
  precede(sample: TimelineSample): void {
    this.#last = keep(sample, sample.timeUs, this.#last);
  }

  /** Adds the next snapshot. If the clock was set back, time stands still until the clock reaches the old time. */
  add(sample: TimelineSample): void {
    const last = this.#last;
    const timeUs = Math.max(sample.timeUs, last?.timeUs ?? sample.timeUs);
    const cell = this.#buckets.at(timeUs);
    cell.snapshots++;
    cell.endUs = timeUs;
    cell.state = sample.state;
    if (sample.state !== last?.state) cell.enter(sample.state);
    for (const counter of COUNTERS) {
      const [before, now] = [last?.[counter] ?? null, sample[counter]];
      // Counts from before the first record belong to the time before the picture.
      if (now !== null) cell.grow(counter, before === null ? 0 : Math.max(0, now - before));
    }
    cell.gauges.rttUs.add(sample.rttUs);
    cell.gauges.minRttUs.add(sample.minRttUs);
    cell.gauges.cwndBytes.add(sample.cwndBytes);
    cell.gauges.flightBytes.add(sample.flightBytes);
    cell.gauges.windowBytes.add(sample.windowBytes);
    const limit = LIMITS.findIndex(({ name }) => name === sample.limitedBy);
    if (limit !== -1 && last !== undefined) {
      this.#buckets.spread(last.timeUs, timeUs, ({ limitedUs }, us) => {
        limitedUs[limit] = (limitedUs[limit] ?? 0) + us;
      });
    }
    this.#last = keep(sample, timeUs, last);
  }

  /** Adds a cell that follows all samples so far. It must not be wider than those of this timeline. */
  addCell(startUs: number, cell: Cell): void {
    this.#buckets.at(startUs).merge(cell);
  }

  /** Start of the first cell, microseconds since 1970: without a grid the first snapshot; undefined without any. */
  get startUs(): number | undefined {
    return this.#buckets.startUs;
  }

  /** Time from the start to the last snapshot, microseconds. */
  get spanUs(): number {
    return this.#buckets.spanUs;
  }

  /** Width of a cell in microseconds. */
  get cellUs(): number {
    return this.#buckets.widthUs;
  }

  /** Returns cells with data, in order. */
  cells(): Bucket<Cell>[] {
    return this.#buckets.entries();
  }
}

/** Keeps the last value of a missing counter (the rest of a closed connection has no counters). */
function keep(sample: TimelineSample, timeUs: number, last: TimelineSample | undefined): TimelineSample {
  const { bytesSent, bytesAcked, bytesReceived, totalRetrans } = sample;
  return {
    ...sample,
    timeUs,
    bytesSent: bytesSent ?? last?.bytesSent ?? null,
    bytesAcked: bytesAcked ?? last?.bytesAcked ?? null,
    bytesReceived: bytesReceived ?? last?.bytesReceived ?? null,
    totalRetrans: totalRetrans ?? last?.totalRetrans ?? null,
  };
}
