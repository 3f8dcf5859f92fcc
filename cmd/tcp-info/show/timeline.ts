import { type Bucket, TimeBuckets } from '../../../chart/index.js';
import { LIMITS } from '../../reading/limits.js';
import { Cell, COUNTERS, type TimelineSample } from './cell.js';

/** How finely time is kept: a picture has fewer columns of pixels than half of this. */
const CELLS = 4096;

/** One connection over time, in memory that does not grow with it. */
export class Timeline {
  readonly #buckets = new TimeBuckets<Cell>({
    capacity: CELLS,
    create: () => new Cell(),
    merge: (into, next) => into.merge(next),
  });
  /** What the snapshot before said; a copy, since whoever gives samples may use one object for all. */
  #last: TimelineSample | undefined;

  /** Takes the next snapshot. A clock that was set back stands still until it is where it was. */
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
      // What was counted before the first record happened before the picture begins.
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

  /** When it begins, microseconds since 1970; undefined while there is nothing. */
  get startUs(): number | undefined {
    return this.#buckets.startUs;
  }

  /** From the first to the last snapshot, microseconds. */
  get spanUs(): number {
    return this.#buckets.spanUs;
  }

  /** Microseconds that each cell covers. */
  get cellUs(): number {
    return this.#buckets.widthUs;
  }

  /** The cells that hold something, in order. */
  cells(): Bucket<Cell>[] {
    return this.#buckets.entries();
  }
}

/** A counter that is missing for once (the rest of a closed connection has none) counts on from where it was. */
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
