/** Timestamps in Go's format: RFC 3339 with nanoseconds, without trailing zeros. */

const NS_PER_SECOND = 1_000_000_000n;
const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:Z|([+-])(\d\d):(\d\d))$/;

/** Formats nanoseconds since the Unix epoch as UTC, e.g. `2026-11-20T23:28:03.06902869Z`; no fraction if it is zero. */
export function formatTimestamp(ns: bigint): string {
  let seconds = ns / NS_PER_SECOND;
  let fraction = ns % NS_PER_SECOND;
  if (fraction < 0n) {
    seconds -= 1n;
    fraction += NS_PER_SECOND;
  }
  const text = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
  if (fraction === 0n) return `${text}Z`;
  return `${text}.${fraction.toString().padStart(9, '0').replace(/0+$/, '')}Z`;
}

/** Days of each month; February as in a leap year. */
const MONTH_DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Returns whether {@link timestampToNs} accepts a text, at a fraction of its cost. */
export function isTimestamp(text: string): boolean {
  const day = two(text, 8);
  const inRange =
    isUtc(text) &&
    two(text, 11) < 24 &&
    two(text, 14) < 60 &&
    two(text, 17) < 60 &&
    day >= 1 &&
    day <= (MONTH_DAYS[two(text, 5) - 1] ?? 0);
  // Days after the 28th and offsets are rare enough for the slow path.
  return (inRange && day <= 28) || timestampToNs(text) !== undefined;
}

/** Layout of `2026-11-20T23:28:03`, with 0 for any digit. */
const TO_SECONDS = '0000-00-00T00:00:00';
const [ZERO, NINE, DOT, Z] = [0x30, 0x39, 0x2e, 0x5a];

/** Returns whether a text has the layout of RFC 3339 in UTC, with any digits. */
function isUtc(text: string): boolean {
  const end = text.length - 1;
  if (end < TO_SECONDS.length || text.charCodeAt(end) !== Z) return false;
  for (let at = 0; at < TO_SECONDS.length; at++) {
    const expected = TO_SECONDS.charCodeAt(at);
    const found = text.charCodeAt(at);
    if (expected === ZERO ? found < ZERO || found > NINE : found !== expected) return false;
  }
  if (end === TO_SECONDS.length) return true;
  if (text.charCodeAt(TO_SECONDS.length) !== DOT || end === TO_SECONDS.length + 1) return false;
  for (let at = TO_SECONDS.length + 1; at < end; at++) {
    const found = text.charCodeAt(at);
    if (found < ZERO || found > NINE) return false;
  }
  return true;
}

/** Returns the number in two digits. */
function two(text: string, at: number): number {
  return (text.charCodeAt(at) - ZERO) * 10 + text.charCodeAt(at + 1) - ZERO;
}

/**
 * Converts an RFC 3339 timestamp with any offset to nanoseconds since the Unix epoch; undefined if it is invalid.
 * Digits after the ninth are dropped.
 */
export function timestampToNs(text: string): bigint | undefined {
  const match = RFC3339.exec(text);
  if (match === null) return undefined;
  const field = (index: number): number => Number(match[index]);
  const date = new Date(0);
  // Not Date.UTC: it maps the years 0 to 99 to 1900 to 1999, and Go's zero time is in the year 1.
  date.setUTCFullYear(field(1), field(2) - 1, field(3));
  date.setUTCHours(field(4), field(5), field(6));
  const exact =
    date.getUTCMonth() === field(2) - 1 &&
    date.getUTCDate() === field(3) &&
    field(4) < 24 &&
    field(5) < 60 &&
    field(6) < 60;
  if (!exact) return undefined;
  let ns = BigInt(date.getTime()) * 1_000_000n + BigInt((match[7] ?? '').slice(0, 9).padEnd(9, '0'));
  if (match[8] !== undefined) {
    if (field(9) > 23 || field(10) > 59) return undefined;
    const offset = BigInt(field(9) * 60 + field(10)) * 60n * NS_PER_SECOND;
    ns += match[8] === '+' ? -offset : offset;
  }
  return ns;
}
