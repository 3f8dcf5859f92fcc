import type { ChartRange } from '../charts/index.js';
import type { KnownTime } from './course-series.js';

/** Lengths of time that follow the present, as buttons offer them. */
export const SPANS = [
  { id: '1m', label: '1 min', ms: 60_000 },
  { id: '15m', label: '15 min', ms: 900_000 },
  { id: 'all', label: 'all', ms: undefined },
] as const;
/** Name of one of {@link SPANS}. */
export type SpanName = (typeof SPANS)[number]['id'];

/** Bounds of time in the address: RFC 3339; empty for none. */
export interface RangePlace {
  readonly from: string;
  readonly until: string;
}

/** Time that is known of a connection, milliseconds since 1970. */
export interface KnownRange {
  readonly fromMs: number;
  readonly untilMs: number;
  /** True while it grows. */
  readonly isGrowing: boolean;
}

/** Returns a known time in milliseconds. */
export function knownRange({ fromUs, untilUs, isGrowing }: KnownTime): KnownRange {
  return { fromMs: fromUs / 1000, untilMs: untilUs / 1000, isGrowing };
}

/** Range that charts show. */
export interface ShownRange extends ChartRange {
  /** True while the range goes on with the time. */
  readonly follows: boolean;
}

/** Shortest range, milliseconds. */
const LEAST_MS = 1;
/** Shortest range that follows the present. */
const LEAST_FOLLOWING_MS = 10_000;

/** Returns the range of charts: that of the address, or else the last part of what is known. */
export function shownRange(place: RangePlace, span: SpanName, known: KnownRange): ShownRange {
  const fixed = placedRange(place, known);
  if (fixed !== undefined) return { ...fixed, follows: false };
  const length = SPANS.find(({ id }) => id === span)?.ms;
  const { untilMs } = known;
  // The time before a young connection would be an empty part of the charts.
  const firstMs = known.isGrowing ? Math.min(known.fromMs, untilMs - LEAST_FOLLOWING_MS) : known.fromMs;
  const fromMs = length === undefined ? firstMs : Math.max(firstMs, untilMs - length);
  return { fromMs: Math.min(fromMs, untilMs - LEAST_MS), untilMs, follows: true };
}

/** Returns the range of an address; undefined without one, or if it is empty or no time. */
export function placedRange({ from, until }: RangePlace, known: KnownRange): ChartRange | undefined {
  if (from === '' && until === '') return undefined;
  const fromMs = from === '' ? known.fromMs : Date.parse(from);
  const untilMs = until === '' ? known.untilMs : Date.parse(until);
  return untilMs - fromMs >= LEAST_MS ? { fromMs, untilMs } : undefined;
}

/** Returns the bounds of a range for the address, to the millisecond. */
export function rangePlace({ fromMs, untilMs }: ChartRange): RangePlace {
  return { from: new Date(Math.floor(fromMs)).toISOString(), until: new Date(Math.ceil(untilMs)).toISOString() };
}
