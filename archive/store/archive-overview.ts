import { LIMITED_BY } from '../../analysis/index.js';
import type { OverviewSecondJson } from '../../live/wire/index.js';
import { formatTimestamp } from '../../parse/index.js';
import type { ArchiveRow } from './archive-row.js';

/** All connections of archives together, in parts of equal width. */
export interface ArchiveOverview {
  /** Width of a part, microseconds. */
  readonly widthUs: number;
  readonly parts: readonly OverviewSecondJson[];
}

/** Most parts: about as many as a chart has columns. */
const MAX_PARTS = 600;
const SECOND = 1e6;
const [MINUTE, HOUR, DAY] = [60 * SECOND, 3600 * SECOND, 86_400 * SECOND];
/** Widths of parts: those that people name. Beyond a day, whole days. */
const WIDTHS_US: readonly number[] = [
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR),
];

/**
 * Sums connections over the recorded time. Rows have no course: bytes and limited times of each are spread evenly over
 * its time, in the same work however long it lasts.
 */
export function archiveOverview(rows: Iterable<ArchiveRow>, fromUs: number, untilUs: number): ArchiveOverview {
  const widthUs = widthOf(untilUs - fromUs);
  const startUs = Math.floor(fromUs / widthUs) * widthUs;
  const count = Math.floor((untilUs - startUs) / widthUs) + 1;
  const [opened, closed] = [new Uint32Array(count), new Uint32Array(count)];
  const [sent, received, retransmitted] = [new EvenSums(count), new EvenSums(count), new EvenSums(count)];
  const limits = LIMITED_BY.map(() => new EvenSums(count));
  /** Connections that are open from each part on, less those that are not any longer. */
  const openChange = new Int32Array(count + 1);
  for (const row of rows) {
    // The clock may have been set back between two records.
    const beganUs = row.startUs;
    const [start, end] = [(beganUs - startUs) / widthUs, (Math.max(beganUs, row.endUs) - startUs) / widthUs];
    const [first, last] = [Math.floor(start), Math.floor(end)];
    opened[first] = (opened[first] ?? 0) + 1;
    openChange[first] = (openChange[first] ?? 0) + 1;
    if (!row.isOpen) closed[last] = (closed[last] ?? 0) + 1;
    // What is open at the end of the archives is so in its last part.
    const gone = row.isOpen ? last + 1 : last;
    openChange[gone] = (openChange[gone] ?? 0) - 1;
    sent.add(start, end, row.recordedBytes('bytesSent'));
    received.add(start, end, row.recordedBytes('bytesReceived'));
    retransmitted.add(start, end, row.recordedBytes('bytesRetrans'));
    for (const [i, cause] of LIMITED_BY.entries()) limits[i]?.add(start, end, row.limitedUs(cause));
  }
  const [sentBytes, receivedBytes, retransmittedBytes] = [sent.finish(), received.finish(), retransmitted.finish()];
  const limitsUs = limits.map((each) => each.finish());
  let open = 0;
  const parts = Array.from({ length: count }, (_, part): OverviewSecondJson => {
    open += openChange[part] ?? 0;
    return {
      time: formatTimestamp(BigInt(startUs + part * widthUs) * 1000n),
      ...{ open, opened: opened[part] ?? 0, closed: closed[part] ?? 0 },
      sentBytes: sentBytes[part] ?? 0,
      receivedBytes: receivedBytes[part] ?? 0,
      retransmittedBytes: retransmittedBytes[part] ?? 0,
      limitedUs: limitsOf((i) => limitsUs[i]?.[part] ?? 0),
    };
  });
  return { widthUs, parts };
}

function limitsOf(usOf: (cause: number) => number): OverviewSecondJson['limitedUs'] {
  return Object.fromEntries(LIMITED_BY.map((cause, i) => [cause, usOf(i)] as const).filter(([, us]) => us !== 0));
}

function widthOf(spanUs: number): number {
  const least = spanUs / MAX_PARTS;
  return WIDTHS_US.find((width) => width >= least) ?? Math.ceil(least / DAY) * DAY;
}

/** Sums of values that are spread evenly over spans, by part. Spans are in widths of a part. */
class EvenSums {
  readonly #direct: Float64Array;
  /** Change of the sum of rates, value per part, from each part on. */
  readonly #rateChange: Float64Array;

  constructor(count: number) {
    this.#direct = new Float64Array(count);
    this.#rateChange = new Float64Array(count + 1);
  }

  add(start: number, end: number, value: number): void {
    if (value === 0) return;
    const [first, last] = [Math.floor(start), Math.floor(end)];
    if (first === last) {
      this.#add(this.#direct, first, value);
      return;
    }
    const rate = value / (end - start);
    this.#add(this.#direct, first, rate * (first + 1 - start));
    this.#add(this.#direct, last, rate * (end - last));
    this.#add(this.#rateChange, first + 1, rate);
    this.#add(this.#rateChange, last, -rate);
  }

  /** Returns the sum of each part, whole: what is left of rates by rounding is nothing. */
  finish(): Float64Array {
    let rate = 0;
    return this.#direct.map((value, part) => {
      rate += this.#rateChange[part] ?? 0;
      return Math.max(0, Math.round(value + rate));
    });
  }

  #add(values: Float64Array, at: number, value: number): void {
    values[at] = (values[at] ?? 0) + value;
  }
}
