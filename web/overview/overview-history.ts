import type { OverviewJson, OverviewSecondJson } from '../../live/wire/index.js';
import { LIMITS, type LimitName } from '../../view/words/index.js';

/** Causes that can limit a connection that has something to do: all but idleness. */
export const CAUSES: readonly (typeof LIMITS)[number][] = LIMITS.filter(({ name }) => name !== 'idle');

/** Seconds of all connections together, or longer parts of the time, as the page has them: oldest first. */
export interface OverviewHistory {
  /** Width of a part, milliseconds. */
  readonly widthMs: number;
  readonly parts: readonly OverviewSecondJson[];
}

/** Returns a history with another answer added; parts before `keptMs` from its end are dropped. */
export function joinOverview(
  known: OverviewHistory | undefined,
  { widthUs, seconds }: OverviewJson,
  keptMs = Number.POSITIVE_INFINITY,
): OverviewHistory {
  const [first] = seconds;
  const before =
    first === undefined ? (known?.parts ?? []) : (known?.parts ?? []).filter((part) => part.time < first.time);
  const parts = [...before, ...seconds];
  const last = parts.at(-1);
  const fromMs = last === undefined ? 0 : Date.parse(last.time) - keptMs;
  return { widthMs: widthUs / 1000, parts: parts.filter(({ time }) => Date.parse(time) > fromMs) };
}

/** Returns true if parts are missing between a history and another answer: the page has not asked for a while. */
export function hasHole(known: OverviewHistory | undefined, { widthUs, seconds }: OverviewJson): boolean {
  const [last, first] = [known?.parts.at(-1), seconds[0]];
  if (last === undefined || first === undefined) return false;
  return Date.parse(first.time) - Date.parse(last.time) > (2 * widthUs) / 1000;
}

/** Values over time of a history, each for a moment of `timesMs`. */
export interface OverviewSeries {
  readonly timesMs: readonly number[];
  /** End of the last part. */
  readonly endMs: number;
  /** Width of a part, seconds. */
  readonly widthSec: number;
  /** Bytes a second. */
  readonly sent: readonly number[];
  readonly received: readonly number[];
  /** Share of the sent bytes that were sent again, 0 to 1; null where none were sent. */
  readonly retransmitted: readonly (number | null)[];
  readonly open: readonly number[];
  /** Connections in each part. */
  readonly opened: readonly number[];
  readonly closed: readonly number[];
  /** Time that each cause limited all connections together in each part, microseconds. */
  readonly limitedUs: readonly OverviewSecondJson['limitedUs'][];
  /** Share of each cause of the time of connections that were not idle, 0 to 1; null where all were. */
  readonly shares: Readonly<Record<LimitName, readonly (number | null)[]>>;
}

/** Returns the values of a history. A hole, in which the page did not ask, is a moment without values. */
export function seriesOf({ widthMs, parts }: OverviewHistory): OverviewSeries {
  const perSecond = 1000 / widthMs;
  const timesMs = parts.map(({ time }) => Date.parse(time));
  const limits = parts.map(({ limitedUs }) => sharesOf(limitedUs));
  const share = (name: LimitName): readonly (number | null)[] =>
    limits.map((each) => each?.[name] ?? (each === null ? null : 0));
  return {
    timesMs,
    endMs: (timesMs.at(-1) ?? 0) + widthMs,
    widthSec: widthMs / 1000,
    sent: parts.map(({ sentBytes }) => sentBytes * perSecond),
    received: parts.map(({ receivedBytes }) => receivedBytes * perSecond),
    retransmitted: parts.map(({ sentBytes, retransmittedBytes }) =>
      sentBytes === 0 ? null : Math.min(1, retransmittedBytes / sentBytes),
    ),
    open: parts.map(({ open }) => open),
    opened: parts.map(({ opened }) => opened),
    closed: parts.map(({ closed }) => closed),
    limitedUs: parts.map(({ limitedUs }) => limitedUs),
    shares: Object.fromEntries(LIMITS.map(({ name }) => [name, share(name)])) as OverviewSeries['shares'],
  };
}

/** Returns the shares of causes without idleness; null if nothing was limited. */
export function sharesOf(limitedUs: OverviewSecondJson['limitedUs']): Partial<Record<LimitName, number>> | null {
  const all = CAUSES.reduce((sum, { name }) => sum + (limitedUs[name] ?? 0), 0);
  if (all === 0) return null;
  return Object.fromEntries(CAUSES.map(({ name }) => [name, (limitedUs[name] ?? 0) / all]));
}

/** Sums of a range of time. */
export interface OverviewTotals {
  readonly sentBytes: number;
  readonly receivedBytes: number;
  readonly opened: number;
  readonly closed: number;
  /** Share of each cause of the time of connections that were not idle, 0 to 1; null if all were. */
  readonly shares: Partial<Record<LimitName, number>> | null;
}

/** Sums the parts that begin in a range of time. */
export function totalsWithin(
  { timesMs, widthSec, sent, received, opened, closed, limitedUs }: OverviewSeries,
  { fromMs, untilMs }: { readonly fromMs: number; readonly untilMs: number },
): OverviewTotals {
  const widthMs = widthSec * 1000;
  const within = timesMs.flatMap((timeMs, i) => (timeMs + widthMs > fromMs && timeMs < untilMs ? [i] : []));
  const sum = (valueAt: (i: number) => number): number => within.reduce((total, i) => total + valueAt(i), 0);
  const limits = LIMITS.map(({ name }) => [name, sum((i) => limitedUs[i]?.[name] ?? 0)] as const);
  return {
    sentBytes: sum((i) => (sent[i] ?? 0) * widthSec),
    receivedBytes: sum((i) => (received[i] ?? 0) * widthSec),
    opened: sum((i) => opened[i] ?? 0),
    closed: sum((i) => closed[i] ?? 0),
    shares: sharesOf(Object.fromEntries(limits)),
  };
}

const MINUTE_MS = 60_000;
/** Times that a live strip shows: more, the longer the collector runs. */
const SPANS_MS: readonly number[] = [1, 2, 5, 15].map((minutes) => minutes * MINUTE_MS);

/** Returns the time that a strip shows: all of archives, or the last minutes up to the last second. */
export function shownRange(
  { timesMs, endMs }: Pick<OverviewSeries, 'timesMs' | 'endMs'>,
  isArchive: boolean,
): { readonly fromMs: number; readonly untilMs: number } {
  const firstMs = timesMs[0] ?? endMs;
  if (isArchive) return { fromMs: firstMs, untilMs: endMs };
  const spanMs = SPANS_MS.find((span) => span >= endMs - firstMs) ?? SPANS_MS.at(-1) ?? MINUTE_MS;
  return { fromMs: endMs - spanMs, untilMs: endMs };
}
