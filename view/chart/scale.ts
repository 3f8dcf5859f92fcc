/** Mapping of values to pixels. */
export interface Scale {
  readonly from: number;
  readonly to: number;
  /** Returns the pixel of a value; a value outside the domain maps to the nearest end. */
  readonly at: (value: number) => number;
}

/** Creates a linear scale. A domain without width maps all values to the first pixel. */
export function linearScale(from: number, to: number, firstPixel: number, lastPixel: number): Scale {
  const width = to - from;
  const at = (value: number): number => {
    if (!(width > 0)) return firstPixel;
    const share = Math.min(1, Math.max(0, (value - from) / width));
    return firstPixel + share * (lastPixel - firstPixel);
  };
  return { from, to, at };
}

/** Factors for distances between ticks. */
const STEPS = [1, 2, 5, 10] as const;

/**
 * Returns about `count` round values from 0 to `max` or just above it, so that an axis can end at the last one. They
 * are 1, 2 or 5 times a power of ten apart; at least two values.
 */
export function niceTicks(max: number, count: number): number[] {
  if (!(max > 0) || !Number.isFinite(max)) return [0, 1];
  const rough = max / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  // The tolerance prevents a step of 0.2 for 0.3 / 3.
  const step = power * (STEPS.find((each) => each * power >= rough * 0.999_999) ?? 10);
  const steps = Math.max(1, Math.ceil(max / step - 1e-9));
  return Array.from({ length: steps + 1 }, (_, i) => round(i * step));
}

/** Distances between ticks of time, in microseconds. Longer distances are round numbers of days. */
const TIME_STEPS_US = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500].map((us) => us),
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500].map((ms) => ms * 1e3),
  ...[1, 2, 5, 10, 15, 30].map((s) => s * 1e6),
  ...[1, 2, 5, 10, 15, 30].map((min) => min * 60e6),
  ...[1, 2, 3, 6, 12].map((h) => h * 3600e6),
] as const;
const DAY_US = 86_400e6;

/** Returns about `count` round times from 0 to at most `spanUs`, in microseconds. */
export function timeTicks(spanUs: number, count: number): number[] {
  if (!(spanUs > 0)) return [0];
  const rough = spanUs / Math.max(1, count);
  const step = TIME_STEPS_US.find((each) => each >= rough) ?? daysStep(rough);
  return Array.from({ length: Math.floor(spanUs / step) + 1 }, (_, i) => i * step);
}

function daysStep(roughUs: number): number {
  const [, step = 1] = niceTicks(roughUs / DAY_US, 1);
  return Math.max(1, step) * DAY_US;
}

/** Removes the rounding errors of binary fractions: 0.1 + 0.2 becomes 0.3. */
function round(value: number): number {
  return Number(value.toPrecision(12));
}
