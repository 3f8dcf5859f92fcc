const US_PER_MS = 1000;
const NANOSECOND_DIGITS = 9;

let lastSecond = '';
let lastText = '';

/** Formats nanoseconds since 1970 as RFC 3339 in UTC with nine digits, as lines of exchanges have it. */
export function formatTimeNs(ns: bigint): string {
  // Its digits: divisions of large integers take longer.
  const digits = String(ns).padStart(NANOSECOND_DIGITS + 1, '0');
  return `${wholeSecond(digits.slice(0, -NANOSECOND_DIGITS))}.${digits.slice(-NANOSECOND_DIGITS)}Z`;
}

/** Formats microseconds since 1970 as RFC 3339 in UTC, with milliseconds. */
export function formatTimeUs(us: number): string {
  return new Date(us / US_PER_MS).toISOString();
}

/** Exchanges that follow each other mostly began in the same second. */
function wholeSecond(second: string): string {
  if (second !== lastSecond) {
    lastText = new Date(Number(second) * 1000).toISOString().slice(0, -'.000Z'.length);
    lastSecond = second;
  }
  return lastText;
}
