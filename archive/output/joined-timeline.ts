import type { Bucket } from '../../view/chart/index.js';
import { type Cell, COUNTERS, type Counter, Timeline, type TimelineSample } from '../../view/connection/index.js';

/** Cells of a connection in memory, which continue its archives. */
export interface MemoryCells {
  /** Time of the first cell's grid, microseconds since 1970. */
  readonly startUs: number;
  readonly cellUs: number;
  readonly cells: readonly Bucket<Cell>[];
  /** Counters at the end of the last cell; absent if cells after it are left out. */
  readonly totals?: Readonly<Record<Counter, number | null>>;
}

/**
 * Timeline of a connection whose last records are not in its archives yet: cells of archives as far as these go, then
 * those of memory. Both meet where a cell of memory begins, so that no record counts twice.
 */
export class JoinedTimeline extends Timeline {
  readonly #memory: MemoryCells;
  /** Samples of the last cell's time: cells of memory may have more records of it. */
  #pending: TimelineSample[] = [];
  #pendingCell = Number.NEGATIVE_INFINITY;
  #last: TimelineSample | undefined;

  /** @param widthUs least width of a cell */
  constructor(memory: MemoryCells, widthUs: number) {
    const { startUs, cellUs } = memory;
    super({ baseUs: startUs, widthUs: Math.max(1, Math.ceil(widthUs / cellUs)) * cellUs });
    this.#memory = memory;
  }

  override precede(sample: TimelineSample): void {
    this.#last = { ...sample };
    super.precede(sample);
  }

  override add(sample: TimelineSample): void {
    const cell = this.#cellOf(sample.timeUs);
    // If the clock was set back, time stands still.
    if (cell > this.#pendingCell) {
      this.#flush();
      this.#pendingCell = cell;
    }
    this.#pending.push({ ...sample });
  }

  /** Adds the cells of memory. Returns the time from which they are, microseconds since 1970; undefined without any. */
  join(): number | undefined {
    const { startUs, cellUs, cells, totals } = this.#memory;
    const first = cells[0];
    const pendingUs = startUs + this.#pendingCell * cellUs;
    let fromUs = pendingUs + cellUs;
    if (this.#pending.length === 0) {
      fromUs = this.#last === undefined ? Number.NEGATIVE_INFINITY : this.#last.timeUs;
    } else if (first === undefined || startUs + first.startUs > pendingUs) {
      this.#flush();
    } else {
      // Memory has all of the last cell; time before it without a record counts there, too.
      fromUs = this.#last === undefined ? pendingUs : startUs + (this.#cellOf(this.#last.timeUs) + 1) * cellUs;
    }
    this.#pending = [];
    const later = cells.filter((cell) => startUs + cell.startUs >= fromUs);
    const begin = later.find(({ value }) => value.snapshots > 0)?.value;
    if (begin !== undefined && totals !== undefined) this.#adjust(begin, later, totals);
    for (const cell of later) this.addCell(startUs + cell.startUs, cell.value);
    return later[0] === undefined ? undefined : startUs + later[0].startUs;
  }

  /**
   * Corrects the first cell of memory, so that counters grow as from the last sample of the archives: seconds of memory
   * end a few milliseconds late.
   */
  #adjust(begin: Cell, later: readonly Bucket<Cell>[], totals: Readonly<Record<Counter, number | null>>): void {
    for (const counter of COUNTERS) {
      const [before, after] = [this.#last?.[counter] ?? null, totals[counter]];
      if (before === null || after === null || begin.grown[counter] === null) continue;
      const counted = later.reduce((sum, { value }) => sum + (value.grown[counter] ?? 0), 0);
      begin.grow(counter, Math.max(-begin.grown[counter], after - before - counted));
    }
  }

  #flush(): void {
    for (const sample of this.#pending) {
      super.add(sample);
      this.#last = sample;
    }
    this.#pending = [];
  }

  #cellOf(timeUs: number): number {
    return Math.floor((timeUs - this.#memory.startUs) / this.#memory.cellUs);
  }
}
