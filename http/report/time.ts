const NS_PER_SECOND = 1_000_000_000n;
const NS_PER_US = 1000n;
const US_PER_MS = 1000;
const NANOSECOND_DIGITS = 9;

let lastSecond = Number.NaN;
let lastText = '';

/** Formats nanoseconds since 1970 as RFC 3339 in UTC with nine digits, as lines of exchanges have it. */
export function formatTimeNs(ns: bigint): string {
  const seconds = ns / NS_PER_SECOND;
  const rest = Number(ns - seconds * NS_PER_SECOND);
  return `${wholeSecond(Number(seconds))}.${String(rest).padStart(NANOSECOND_DIGITS, '0')}Z`;
}

/** Formats microseconds since 1970 as RFC 3339 in UTC, with milliseconds. */
export function formatTimeUs(us: number): string {
  return new Date(us / US_PER_MS).toISOString();
}

/** Returns microseconds since 1970, exact until 2255. */
export function microseconds(ns: bigint): number {
  return Number(ns / NS_PER_US);
}

/** Exchanges that follow each other mostly began in the same second. */
function wholeSecond(second: number): string {
  if (second !== lastSecond) {
    lastText = new Date(second * 1000).toISOString().slice(0, -'.000Z'.length);
    lastSecond = second;
  }
  return lastText;
}
