import type { Bucket } from '../chart/index.js';
import { Cell } from './timeline-cell.js';

/** Row of the timeline; covers the time since the row before. */
export interface TimelineRow {
  /** Microseconds since the first snapshot. */
  readonly fromUs: number;
  readonly toUs: number;
  readonly cell: Cell;
}

/** Importance of a row; higher is more important. */
const STATE = 4;
const LOSS = 3;
const LIMIT = 2;
const REGULAR = 1;

/**
 * Selects the most informative rows, at most `budget`: first changes of the state, then the start of losses and changes
 * of the limit, then regular rows in the longest gaps. Each row covers all time since the row before, so that no data
 * is lost.
 */
export function selectRows(cells: readonly Bucket<Cell>[], cellUs: number, budget: number): TimelineRow[] {
  const ends = new Set<number>();
  const last = cells.length - 1;
  if (last < 0) return [];
  ends.add(0);
  ends.add(last);
  const weights = cells.map((_, i) => weigh(cells, i));
  for (const kind of [STATE, LOSS, LIMIT]) {
    const candidates = weights.flatMap((weight, i) => (weight === kind && !ends.has(i) ? [i] : []));
    // A third is reserved for regular rows, so that one eventful stretch does not hide the others.
    const room = (kind === STATE ? budget : Math.floor((budget * 2) / 3)) - ends.size;
    for (const index of thin(candidates, room)) ends.add(index);
  }
  fillGaps(cells, ends, budget);
  return joinRows(
    cells,
    cellUs,
    [...ends].sort((a, b) => a - b),
  );
}

/** Rates what is new in a cell, compared with the cell before. */
function weigh(cells: readonly Bucket<Cell>[], index: number): number {
  const [before, cell] = [cells[index - 1]?.value, cells[index]?.value];
  if (cell === undefined) return 0;
  if (cell.entered.length > 0) return STATE;
  const lost = (each: Cell | undefined): boolean => (each?.grown.totalRetrans ?? 0) > 0;
  if (lost(cell) && !lost(before)) return LOSS;
  const [limit, limitBefore] = [cell.limit?.name, before?.limit?.name];
  return limit !== undefined && limit !== limitBefore ? LIMIT : REGULAR;
}

/** Takes evenly spaced candidates, as many as there is room for. */
function thin(candidates: readonly number[], room: number): number[] {
  if (candidates.length <= room) return [...candidates];
  return Array.from({ length: Math.max(0, room) }, (_, i) => {
    return candidates[Math.floor((i * candidates.length) / room)] ?? 0;
  });
}

/** Halves the longest gap that has records, until the budget is used. */
function fillGaps(cells: readonly Bucket<Cell>[], ends: Set<number>, budget: number): void {
  const start = (index: number): number => cells[index]?.startUs ?? 0;
  const recorded = cells.flatMap(({ value }, i) => (value.snapshots > 0 ? [i] : []));
  while (ends.size < budget) {
    const sorted = [...ends].sort((a, b) => a - b);
    let best: { at: number; us: number } | undefined;
    for (const [i, to] of sorted.entries()) {
      const from = sorted[i - 1];
      if (from === undefined) continue;
      const us = start(to) - start(from);
      if (best !== undefined && us <= best.us) continue;
      const at = nearest(cells, recorded, from, to);
      if (at !== undefined) best = { at, us };
    }
    if (best === undefined) return;
    ends.add(best.at);
  }
}

/** Returns the cell with records that is nearest to the middle between two cells, excluding both. */
function nearest(
  cells: readonly Bucket<Cell>[],
  recorded: readonly number[],
  from: number,
  to: number,
): number | undefined {
  const start = (index: number | undefined): number => cells[index ?? -1]?.startUs ?? 0;
  const half = (start(from) + start(to)) / 2;
  // Finds the first cell in the upper half; the cell before it is the last in the lower half.
  let [low, high] = [0, recorded.length];
  while (low < high) {
    const mid = (low + high) >> 1;
    if (start(recorded[mid]) < half) low = mid + 1;
    else high = mid;
  }
  const inside = [recorded[low - 1], recorded[low]].filter(
    (index) => index !== undefined && index > from && index < to,
  );
  return inside.sort((a, b) => Math.abs(start(a) - half) - Math.abs(start(b) - half))[0];
}

function joinRows(cells: readonly Bucket<Cell>[], cellUs: number, ends: readonly number[]): TimelineRow[] {
  let next = 0;
  let fromUs = 0;
  let before: Cell | undefined;
  return ends.map((end) => {
    const joined = new Cell();
    let toUs = fromUs;
    for (; next <= end; next++) {
      const bucket = cells[next];
      if (bucket === undefined) continue;
      joined.merge(bucket.value);
      toUs = bucket.startUs + cellUs;
    }
    if (before !== undefined) joined.carry(before);
    before = joined;
    const row = { fromUs, toUs, cell: joined };
    fromUs = toUs;
    return row;
  });
}
