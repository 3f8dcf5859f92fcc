import type { CellEventJson, TimelineJson } from '../../live/wire/index.js';

/** Cell of a timeline, as the API has it. */
export type CellJson = CellEventJson['cells'][number];

/** Cell with its place in time, microseconds since 1970. */
export interface CourseCell {
  readonly startUs: number;
  /** End of the part that is shown: another source may have the rest. */
  readonly endUs: number;
  /** Time over which the cell's sums are. */
  readonly widthUs: number;
  readonly cell: CellJson;
}

/** Most cells from a stream. Older ones are merged. */
const MAX_RECENT = 6000;
/** Part of {@link MAX_RECENT} that may be in use after a merge. */
const ENOUGH_ROOM = 0.75;
/** Widths of merged cells, microseconds: each is tried if the one before does not make enough room. */
const WIDER_US = [1e6, 10e6, 60e6, 600e6, 3600e6];

/** Course of a connection: a timeline, and what a stream has added since. */
export class Course {
  #past: readonly CourseCell[] = [];
  #recent: readonly CourseCell[] = [];
  /** Time from which the next message has all cells; undefined before the first one of a stream. */
  #resumeUs: number | undefined;

  /** Takes over a timeline. Cells of the stream stay: they are later, or finer. */
  setPast(timeline: Pick<TimelineJson, 'startUs' | 'widthUs' | 'timeline'>): void {
    this.#past = placed(timeline.startUs, timeline.widthUs, timeline.timeline);
  }

  /** Takes over the timeline of a connection that has ended, which has everything. */
  setWhole(timeline: Pick<TimelineJson, 'startUs' | 'widthUs' | 'timeline'>): void {
    this.setPast(timeline);
    this.#recent = [];
    this.#resumeUs = undefined;
  }

  /** Prepares for the first message of a stream. */
  beginStream(): void {
    this.#past = this.cells();
    this.#recent = [];
    this.#resumeUs = undefined;
  }

  /** Adds a message of the stream. The last cell of the message before may come again, and replaces itself. */
  add({ startUs, widthUs, cells }: Pick<CellEventJson, 'startUs' | 'widthUs' | 'cells'>): void {
    const added = placed(startUs, widthUs, cells);
    const [first] = added;
    const last = added.at(-1);
    if (first === undefined || last === undefined) return;
    const fromUs = Math.min(first.startUs, this.#resumeUs ?? first.startUs);
    this.#recent = [...before(this.#recent, fromUs), ...added];
    this.#resumeUs = last.startUs;
    if (this.#recent.length > MAX_RECENT) this.#recent = condensed(this.#recent);
  }

  /** Returns all cells in order; none overlaps another. */
  cells(): readonly CourseCell[] {
    const [first] = this.#recent;
    return first === undefined ? this.#past : [...before(this.#past, first.startUs), ...this.#recent];
  }

  /** Start of the first cell, microseconds since 1970; undefined without cells. */
  get fromUs(): number | undefined {
    return (this.#past[0] ?? this.#recent[0])?.startUs;
  }

  /** End of the last cell, microseconds since 1970; undefined without cells. */
  get untilUs(): number | undefined {
    return (this.#recent.at(-1) ?? this.#past.at(-1))?.endUs;
  }
}

/** Returns the cells of a timeline at their places. */
export function placed(startUs: number | null, widthUs: number, cells: readonly CellJson[]): CourseCell[] {
  if (startUs === null) return [];
  return cells.map((cell) => {
    const start = startUs + cell.fromUs;
    return { startUs: start, endUs: start + widthUs, widthUs, cell };
  });
}

/** Returns the cells before a moment. The one that reaches beyond it is cut. */
function before(cells: readonly CourseCell[], untilUs: number): CourseCell[] {
  return cells.flatMap((each) => {
    if (each.startUs >= untilUs) return [];
    return [each.endUs <= untilUs ? each : { ...each, endUs: untilUs }];
  });
}

/** Merges cells of the older half into wider ones, until there is room for new ones. */
function condensed(cells: readonly CourseCell[]): readonly CourseCell[] {
  let all = cells;
  for (const widthUs of WIDER_US) {
    const half = all.length >> 1;
    all = [...widened(all.slice(0, half), widthUs), ...all.slice(half)];
    if (all.length <= MAX_RECENT * ENOUGH_ROOM) break;
  }
  return all;
}

/** Merges the cells of each stretch of time into one. */
function widened(cells: readonly CourseCell[], widthUs: number): CourseCell[] {
  const wide: CourseCell[] = [];
  for (const each of cells) {
    const last = wide.at(-1);
    const isSame = last !== undefined && Math.floor(last.startUs / widthUs) === Math.floor(each.startUs / widthUs);
    if (isSame) wide[wide.length - 1] = merged(last, each);
    else wide.push(each);
  }
  return wide;
}

const COUNTERS = ['bytesSent', 'bytesAcked', 'bytesReceived', 'totalRetrans'] as const;
/** Gauges of a cell. */
export const GAUGES = ['rttUs', 'minRttUs', 'cwndBytes', 'flightBytes', 'windowBytes'] as const;
/** One of {@link GAUGES}. */
export type Gauge = (typeof GAUGES)[number];
type Extent = NonNullable<CellJson[Gauge]>;

/** Merges two neighbours into one cell from the start of the first to the end of the second. */
function merged(a: CourseCell, b: CourseCell): CourseCell {
  const limitedUs: Record<string, number> = { ...a.cell.limitedUs };
  for (const [cause, us] of Object.entries(b.cell.limitedUs)) limitedUs[cause] = (limitedUs[cause] ?? 0) + us;
  const states = [...(a.cell.states ?? []), ...(b.cell.states ?? [])];
  const counters = COUNTERS.map((counter) => [counter, sum(a.cell[counter], b.cell[counter])] as const);
  const gauges = GAUGES.map((gauge) => [gauge, joined(a.cell[gauge], b.cell[gauge])] as const);
  const cell: CellJson = {
    ...a.cell,
    snapshots: a.cell.snapshots + b.cell.snapshots,
    ...(states.length === 0 ? {} : { states }),
    ...(Object.fromEntries(counters) as Pick<CellJson, (typeof COUNTERS)[number]>),
    ...(Object.fromEntries(gauges) as Pick<CellJson, Gauge>),
    limitedUs,
  };
  return { startUs: a.startUs, endUs: b.endUs, widthUs: b.endUs - a.startUs, cell };
}

function sum(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : a + b;
}

/** Joins two consecutive extents. */
export function joined(a: Extent | null, b: Extent | null): Extent | null {
  if (a === null || b === null) return a ?? b;
  return { min: Math.min(a.min, b.min), max: Math.max(a.max, b.max), last: b.last };
}
