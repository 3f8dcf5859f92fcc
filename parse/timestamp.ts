/** Timestamps as Go prints them: RFC 3339 with nanoseconds, trailing zeros trimmed. */

const NS_PER_SECOND = 1_000_000_000n;
const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:Z|([+-])(\d\d):(\d\d))$/;

/** Formats nanoseconds since the Unix epoch as UTC, e.g. `2026-11-20T23:28:03.06902869Z`; no fraction when it is zero. */
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

/** Days of each month; of February, those of a leap year. */
const MONTH_DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Whether a text is what {@link timestampToNs} takes, at a fraction of its cost. */
export function isTimestamp(text: string): boolean {
  if (!RFC3339.test(text)) return false;
  const two = (at: number): number => (text.charCodeAt(at) - 48) * 10 + text.charCodeAt(at + 1) - 48;
  const day = two(8);
  const inRange = two(11) < 24 && two(14) < 60 && two(17) < 60 && day >= 1 && day <= (MONTH_DAYS[two(5) - 1] ?? 0);
  // Leap years and offsets are rare enough for the long way.
  return inRange && ((day <= 28 && text.endsWith('Z')) || timestampToNs(text) !== undefined);
}

/**
 * Nanoseconds since the Unix epoch of an RFC 3339 timestamp in any offset, or undefined when it is none. Digits past the
 * ninth are dropped.
 */
export function timestampToNs(text: string): bigint | undefined {
  const match = RFC3339.exec(text);
  if (match === null) return undefined;
  const field = (index: number): number => Number(match[index]);
  const date = new Date(0);
  // Not Date.UTC: it takes the years 0 to 99 for 1900 to 1999, and Go's zero time is of the year 1.
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
