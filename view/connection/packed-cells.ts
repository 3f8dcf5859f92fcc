import type { Bucket } from '../chart/index.js';
import { LIMITS } from '../index.js';
import { Cell, COUNTERS, GAUGES, MAX_STATES } from './timeline-cell.js';

/** Numbers before counters, gauges, limits and states: start, records, end, state, number of states entered. */
const HEAD = 5;
/** First, smallest, largest and last value. */
const EXTENT = 4;
const AT_COUNTERS = HEAD;
const AT_GAUGES = AT_COUNTERS + COUNTERS.length;
const AT_LIMITS = AT_GAUGES + EXTENT * GAUGES.length;
const AT_STATES = AT_LIMITS + LIMITS.length;
/** Numbers of a cell. */
const NUMBERS = AT_STATES + MAX_STATES;

/** Packs cells into numbers, which another thread takes over without a copy. */
export function packCells(cells: readonly Bucket<Cell>[]): Float64Array<ArrayBuffer> {
  const packed = new Float64Array(cells.length * NUMBERS).fill(Number.NaN);
  cells.forEach(({ startUs, value }, index) => {
    const at = index * NUMBERS;
    const { snapshots, endUs, state, entered, grown, gauges, limitedUs } = value;
    packed.set([startUs, snapshots, endUs, state ?? Number.NaN, entered.length], at);
    packed.set(
      COUNTERS.map((counter) => grown[counter] ?? Number.NaN),
      at + AT_COUNTERS,
    );
    GAUGES.forEach((gauge, i) => {
      const { extent } = gauges[gauge];
      if (extent === undefined) return;
      packed.set([extent.first, extent.low, extent.high, extent.last], at + AT_GAUGES + EXTENT * i);
    });
    packed.set(limitedUs, at + AT_LIMITS);
    packed.set(entered, at + AT_STATES);
  });
  return packed;
}

/** Returns the cells of {@link packCells}. */
export function unpackCells(packed: Float64Array): Bucket<Cell>[] {
  return Array.from({ length: packed.length / NUMBERS }, (_, index) => {
    const [startUs = 0, ...rest] = packed.subarray(index * NUMBERS, (index + 1) * NUMBERS);
    return { startUs, value: unpackCell([startUs, ...rest]) };
  });
}

function unpackCell(numbers: readonly number[]): Cell {
  const cell = new Cell();
  const [, snapshots = 0, endUs = 0, state = Number.NaN, states = 0] = numbers;
  cell.snapshots = snapshots;
  cell.endUs = endUs;
  cell.state = Number.isNaN(state) ? undefined : state;
  COUNTERS.forEach((counter, i) => {
    const grown = numbers[AT_COUNTERS + i] ?? Number.NaN;
    cell.grow(counter, Number.isNaN(grown) ? null : grown);
  });
  GAUGES.forEach((gauge, i) => {
    const at = AT_GAUGES + EXTENT * i;
    // Not a number, as an absent extent is, is ignored.
    for (const value of numbers.slice(at, at + EXTENT)) cell.gauges[gauge].add(value);
  });
  cell.limitedUs.set(numbers.slice(AT_LIMITS, AT_STATES));
  for (const each of numbers.slice(AT_STATES, AT_STATES + states)) cell.enter(each);
  return cell;
}
