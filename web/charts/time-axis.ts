import { timeTicks } from '../../view/chart/index.js';
import type { ChartRange } from './chart-frame.js';

/** Mark of an axis of time. */
export interface TimeTick {
  /** Milliseconds since 1970. */
  readonly timeMs: number;
  readonly label: string;
}

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/**
 * Returns about `count` round moments of a range, with their times of day in UTC.
 * @param originMs time that the axis calls 0; then labels are times since it
 */
export function axisTicks({ fromMs, untilMs }: ChartRange, count: number, originMs?: number): TimeTick[] {
  const spanMs = untilMs - fromMs;
  if (!(spanMs > 0)) return [];
  const [, stepUs = spanMs * 1000] = timeTicks(spanMs * 1000, count);
  const stepMs = stepUs / 1000;
  const base = originMs ?? 0;
  const first = Math.ceil((fromMs - base) / stepMs - 1e-6);
  const last = Math.floor((untilMs - base) / stepMs + 1e-6);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => {
    const timeMs = base + (first + i) * stepMs;
    return { timeMs, label: originMs === undefined ? timeOfDay(timeMs, stepMs) : elapsed(timeMs - base, stepMs) };
  });
}

/** Returns a moment as precisely as the pixels of a range show it: `12:00:31.25`, or with its date. */
export function momentText(timeMs: number, { fromMs, untilMs }: ChartRange, originMs?: number): string {
  const stepMs = (untilMs - fromMs) / 500;
  if (originMs !== undefined) return elapsed(timeMs - originMs, stepMs);
  const time = timeOfDay(timeMs, Math.min(SECOND_MS, stepMs));
  return isOneDay(fromMs, untilMs) ? time : `${date(timeMs)} ${time}`;
}

/** Returns both ends of a range: `12:00:00 to 12:01:00 UTC`. */
export function rangeText({ fromMs, untilMs }: ChartRange, originMs?: number): string {
  const stepMs = (untilMs - fromMs) / 20;
  if (originMs !== undefined) return `${elapsed(fromMs - originMs, stepMs)} to ${elapsed(untilMs - originMs, stepMs)}`;
  const times = [fromMs, untilMs].map((timeMs) => {
    const time = timeOfDay(timeMs, Math.min(SECOND_MS, stepMs));
    return isOneDay(fromMs, untilMs) ? time : `${date(timeMs)} ${time}`;
  });
  return `${times.join(' to ')} UTC`;
}

function timeOfDay(timeMs: number, stepMs: number): string {
  // Below a microsecond there is only the noise of binary fractions.
  const micros = Math.round(timeMs * 1000);
  const text = new Date(Math.floor(micros / 1000)).toISOString();
  if (stepMs >= DAY_MS) return text.slice(0, 10);
  if (stepMs >= MINUTE_MS) return text.slice(11, 16);
  return `${text.slice(11, 19)}${fraction(micros, stepMs)}`;
}

/** Returns the fraction of a second with as many digits as a step needs. */
function fraction(micros: number, stepMs: number): string {
  const digits = digitsOf(stepMs);
  if (digits === 0) return '';
  const part = ((micros % 1_000_000) + 1_000_000) % 1_000_000;
  return `.${String(part).padStart(6, '0').slice(0, digits)}`;
}

/** Returns the digits behind the point that a step in milliseconds needs. */
function digitsOf(stepMs: number): number {
  return Math.min(6, Math.max(0, Math.ceil(-Math.log10(stepMs / SECOND_MS) - 1e-9)));
}

/** Formats a time since another one: `0 s`, `1.5 s`, `2:30`, `1:02:30`. */
function elapsed(ms: number, stepMs: number): string {
  const sign = ms < 0 ? '-' : '';
  const size = Math.abs(ms);
  const digits = digitsOf(stepMs);
  if (size < MINUTE_MS) return `${sign}${(size / SECOND_MS).toFixed(digits)} s`;
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  const seconds = ((size % MINUTE_MS) / SECOND_MS).toFixed(digits);
  const minutes = (size % HOUR_MS) / MINUTE_MS;
  const rest = digits === 0 ? two(Number(seconds)) : seconds.padStart(3 + digits, '0');
  if (size < HOUR_MS) return `${sign}${Math.floor(minutes)}:${rest}`;
  return `${sign}${Math.floor(size / HOUR_MS)}:${two(minutes)}:${rest}`;
}

function date(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}

function isOneDay(fromMs: number, untilMs: number): boolean {
  return date(fromMs) === date(untilMs);
}
