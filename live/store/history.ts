import { LIMITED_BY, type LimitedBy } from '../../analysis/index.js';
import type { Bucket } from '../../view/chart/index.js';
import { Cell } from '../../view/connection/index.js';
import { LIMITS } from '../../view/index.js';
import { type CellChain, CellRing, emptyChain } from './cell-ring.js';
import { CELL_COUNTERS, CELL_GAUGES, HistoryCells, type SecondSample } from './history-cells.js';
import type { SecondExtremes } from './record-cells.js';

/** Part of the memory that is for cells of one second; the rest is for merged ones. */
const SECONDS_SHARE = 0.75;
/** Cells that make room for others at a time, so that no turn is long. */
const MOST_DROPS = 8;
/** Seconds in a merged cell. */
export const MERGED_SEC = 10;

/** Place of a row in the history. */
export interface HistoryPlace {
  /** Cells of one second. */
  readonly seconds: CellChain;
  /** Cells of ten seconds. */
  readonly merged: CellChain;
  /** End of the last cell that was dropped, in seconds since 1970; 0 while none was. */
  cutUntil: number;
}

/** Creates the place of a row without history. */
export function newHistoryPlace(): HistoryPlace {
  return { seconds: emptyChain(), merged: emptyChain(), cutUntil: 0 };
}

/** Options of {@link History}. */
export interface HistoryOptions {
  /** Memory of all cells together, bytes. */
  readonly maxBytes: number;
  /** Called with a number of seconds of rows that were dropped for want of memory. */
  readonly onEvicted: (seconds: number) => void;
}

/**
 * Last minutes of all rows, a cell for each second in which a row had a record. When memory is full, the oldest seconds
 * of all become cells of ten seconds with smallest, largest and last value; when those are too many, the oldest go.
 */
export class History<Row extends { readonly history: HistoryPlace }> {
  readonly #options: HistoryOptions;
  readonly #seconds: CellRing<Row>;
  readonly #merged: CellRing<Row>;
  readonly #secondCells: HistoryCells;
  readonly #mergedCells: HistoryCells;
  /** Cells that fit beside what is reserved. */
  #maxSeconds: number;
  #maxMerged: number;

  constructor(options: HistoryOptions) {
    this.#options = options;
    const { maxBytes } = options;
    const seconds = Math.max(1, Math.floor((maxBytes * SECONDS_SHARE) / HistoryCells.bytesPerCell(1)));
    const merged = Math.max(1, Math.floor((maxBytes * (1 - SECONDS_SHARE)) / HistoryCells.bytesPerCell(3)));
    this.#seconds = new CellRing(seconds, ({ history }) => history.seconds);
    this.#merged = new CellRing(merged, ({ history }) => history.merged);
    this.#secondCells = new HistoryCells(seconds, 1);
    this.#mergedCells = new HistoryCells(merged, 3);
    this.#maxSeconds = seconds;
    this.#maxMerged = merged;
  }

  /** Leaves a part of the memory to other cells: further seconds take the places of the oldest ones. */
  reserve(bytes: number): void {
    const share = Math.max(0, 1 - bytes / this.#options.maxBytes);
    this.#maxSeconds = Math.max(1, Math.floor(this.#seconds.capacity * share));
    this.#maxMerged = Math.max(1, Math.floor(this.#merged.capacity * share));
  }

  /** Memory of the cells in use, bytes. */
  get bytes(): number {
    return this.#seconds.size * HistoryCells.bytesPerCell(1) + this.#merged.size * HistoryCells.bytesPerCell(3);
  }

  /** Adds a row's second. Seconds of a row must come in order. */
  add(row: Row, sample: SecondSample): void {
    for (let i = 0; i < MOST_DROPS && this.#seconds.size >= this.#maxSeconds; i++) this.#mergeOldest();
    this.#secondCells.write(this.#seconds.push(row), sample, false);
  }

  /** Drops cells that ended before a second. */
  expire(before: number): void {
    while (this.#merged.size > 0 && (this.#mergedCells.second[this.#merged.oldest] ?? 0) + MERGED_SEC <= before) {
      this.#drop(this.#merged, this.#mergedCells);
    }
    while (this.#seconds.size > 0 && (this.#secondCells.second[this.#seconds.oldest] ?? 0) < before) {
      this.#drop(this.#seconds, this.#secondCells);
    }
  }

  /** Forgets a row. */
  forget(row: Row): void {
    this.#seconds.forget(row);
    this.#merged.forget(row);
  }

  /** Returns the round-trip times of a row's seconds from `from` on, microseconds; of merged cells the last one. */
  roundTrips(row: Row, from: number): number[] {
    const times: number[] = [];
    for (const { cells, places } of this.#parts(row)) {
      for (const place of places) {
        const rtt = cells.gauge(place, 0, 'last');
        if (rtt !== null && (cells.second[place] ?? 0) >= from) times.push(rtt);
      }
    }
    return times;
  }

  /**
   * Returns the timeline of a row, in cells of a second, or of ten if any second was merged.
   * @param startUs time from which cells count, microseconds since 1970
   * @param extremes returns the extremes of a second where they are known
   */
  cells(
    row: Row,
    startUs: number,
    widthUs: number,
    extremes: (second: number) => SecondExtremes | undefined = () => undefined,
  ): Bucket<Cell>[] {
    const buckets = new Map<number, Cell>();
    const at = (index: number): Cell => {
      let cell = buckets.get(index);
      if (cell === undefined) {
        cell = new Cell();
        buckets.set(index, cell);
      }
      return cell;
    };
    let state: number | undefined;
    let endUs = 0;
    for (const { cells, places } of this.#parts(row)) {
      for (const place of places) {
        const fromUs = Math.max(0, (cells.second[place] ?? 0) * 1e6 - startUs);
        const untilUs = fromUs + 1e6 * (cells.length[place] ?? 0);
        const cell = at(Math.floor(fromUs / widthUs));
        fill(cell, cells, place, startUs + untilUs, state);
        if (cells === this.#secondCells) addExtremes(cell, extremes(cells.second[place] ?? 0));
        state = cell.state;
        spreadLimits(cells, place, endUs, untilUs, at, widthUs);
        endUs = untilUs;
      }
    }
    return [...buckets].sort(([a], [b]) => a - b).map(([index, value]) => ({ startUs: index * widthUs, value }));
  }

  /** Second of a row's first cell; undefined without cells. */
  firstSecond(row: Row): number | undefined {
    for (const { cells, places } of this.#parts(row)) {
      for (const place of places) return cells.second[place];
    }
    return undefined;
  }

  /** Returns whether a row has merged cells. */
  hasMerged(row: Row): boolean {
    return row.history.merged.first !== -1;
  }

  #parts(row: Row): { readonly cells: HistoryCells; readonly places: Iterable<number> }[] {
    return [
      { cells: this.#mergedCells, places: this.#merged.places(row) },
      { cells: this.#secondCells, places: this.#seconds.places(row) },
    ];
  }

  /** Moves the oldest second to its row's cell of ten seconds. */
  #mergeOldest(): void {
    const place = this.#seconds.oldest;
    const row = this.#seconds.rowAt(place);
    if (row !== undefined) this.#merge(row, place);
    this.#seconds.shift();
  }

  /** Drops the oldest cell of a ring. */
  #drop(ring: CellRing<Row>, cells: HistoryCells): void {
    const place = ring.oldest;
    const row = ring.rowAt(place);
    if (row !== undefined) row.history.cutUntil = (cells.second[place] ?? 0) + (cells.length[place] ?? 0);
    ring.shift();
  }

  #merge(row: Row, place: number): void {
    const start = Math.floor((this.#secondCells.second[place] ?? 0) / MERGED_SEC) * MERGED_SEC;
    const last = this.#merged.lastPlace(row);
    const isSame = last !== undefined && this.#mergedCells.second[last] === start;
    for (let i = 0; !isSame && i < MOST_DROPS && this.#merged.size >= this.#maxMerged; i++) {
      const { oldest } = this.#merged;
      if (this.#merged.rowAt(oldest) !== undefined) this.#options.onEvicted(this.#mergedCells.length[oldest] ?? 0);
      this.#drop(this.#merged, this.#mergedCells);
    }
    const into = isSame ? last : this.#merged.push(row);
    this.#mergedCells.merge(into, this.#secondCells, place, start, isSame);
  }
}

function fill(cell: Cell, cells: HistoryCells, place: number, endUs: number, before: number | undefined): void {
  const state = cells.state[place] ?? 0;
  cell.snapshots += cells.records[place] ?? 0;
  cell.endUs = endUs;
  if (state !== before) cell.enter(state);
  cell.state = state;
  CELL_COUNTERS.forEach((counter, i) => {
    cell.grow(counter, cells.grown(place, i));
  });
  CELL_GAUGES.forEach((gauge, i) => {
    for (const which of ['low', 'high', 'last'] as const) cell.gauges[gauge].add(cells.gauge(place, i, which));
  });
}

/** Adds the extremes of a second; the last value stays the last. */
function addExtremes({ gauges }: Cell, extremes: SecondExtremes | undefined): void {
  if (extremes === undefined) return;
  CELL_GAUGES.forEach((gauge, i) => {
    const last = gauges[gauge].extent?.last;
    for (const value of [extremes.low(i), extremes.high(i), last]) gauges[gauge].add(value);
  });
}

const LIMIT_PLACES: readonly number[] = LIMITED_BY.map((cause: LimitedBy) =>
  LIMITS.findIndex(({ name }) => name === cause),
);

/**
 * Divides the limited time among the cells since the previous one: time without a record counts with the next. Times
 * are relative to the first cell; limited time from before it, or before the previous record, is left out.
 */
function spreadLimits(
  cells: HistoryCells,
  place: number,
  previousUs: number,
  endUs: number,
  at: (index: number) => Cell,
  widthUs: number,
): void {
  const allUs = LIMIT_PLACES.reduce((sum, _, cause) => sum + cells.limitedUs(place, cause), 0);
  const share = Math.min(1, (endUs - previousUs) / allUs);
  let fromUs = endUs - share * allUs;
  LIMIT_PLACES.forEach((limit, cause) => {
    const untilUs = Math.min(endUs, fromUs + share * cells.limitedUs(place, cause));
    for (let index = Math.floor(fromUs / widthUs); fromUs < untilUs; index++) {
      const partUntilUs = Math.min(untilUs, (index + 1) * widthUs);
      const { limitedUs } = at(index);
      limitedUs[limit] = (limitedUs[limit] ?? 0) + (partUntilUs - fromUs);
      fromUs = partUntilUs;
    }
  });
}
