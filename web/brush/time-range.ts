import type { Place } from '../state/index.js';

/** Range of time, milliseconds since 1970. An end that is undefined has no bound. */
export interface BrushRange {
  readonly fromMs: number | undefined;
  readonly untilMs: number | undefined;
}

/** Returns the range of a place; undefined without any bound. A bound that is no time does not count. */
export function rangeOfPlace({ from, until }: Pick<Place, 'from' | 'until'>): BrushRange | undefined {
  const [fromMs, untilMs] = [timeOf(from), timeOf(until)];
  return fromMs === undefined && untilMs === undefined ? undefined : { fromMs, untilMs };
}

function timeOf(text: string): number | undefined {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}

/** Returns the bounds of a place with this range; undefined clears them. */
export function placeOfRange(range: BrushRange | undefined): Pick<Place, 'from' | 'until'> {
  const text = (ms: number | undefined): string => (ms === undefined ? '' : new Date(ms).toISOString());
  return { from: text(range?.fromMs), until: text(range?.untilMs) };
}

/** Returns the range between two moments in any order, at least so wide, within bounds. */
export function orderedRange(
  oneMs: number,
  otherMs: number,
  bounds: { readonly fromMs: number; readonly untilMs: number },
  leastMs: number,
): { readonly fromMs: number; readonly untilMs: number } {
  const clamp = (ms: number): number => Math.min(bounds.untilMs, Math.max(bounds.fromMs, ms));
  const [fromMs, untilMs] = [clamp(Math.min(oneMs, otherMs)), clamp(Math.max(oneMs, otherMs))];
  if (untilMs - fromMs >= leastMs) return { fromMs, untilMs };
  const start = Math.max(bounds.fromMs, Math.min(fromMs, bounds.untilMs - leastMs));
  return { fromMs: start, untilMs: Math.min(bounds.untilMs, start + leastMs) };
}

/** Steps of an end in hundredths of the whole range, by key. */
const STEPS: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowDown: -1,
  ArrowRight: 1,
  ArrowUp: 1,
  PageDown: -10,
  PageUp: 10,
};

/** Returns where a key moves an end of the range; undefined for a key that moves none. */
export function edgeAfterKey(
  key: string,
  edgeMs: number,
  { fromMs, untilMs }: { readonly fromMs: number; readonly untilMs: number },
): number | undefined {
  if (key === 'Home') return fromMs;
  if (key === 'End') return untilMs;
  const step = STEPS[key];
  if (step === undefined) return undefined;
  return Math.min(untilMs, Math.max(fromMs, edgeMs + (step * (untilMs - fromMs)) / 100));
}
