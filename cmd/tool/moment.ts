import { timestampToNs } from '../../parse/index.js';
import type { Zone } from '../../view/index.js';
import { parseLongDurationNs } from '../flags/values.js';

/** Forms that {@link parseMomentUs} accepts, for messages. */
export const MOMENT_FORMS =
  'a time such as 2026-11-21T13:00:00Z, 2026-11-21 13:00, 2026-11-21 or 13:00, or a time before now with its unit: 90s, 30m, 2h or 7d';

const DATE_TIME = /^(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?$/;
const TIME = /^(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?$/;

/**
 * Parses a moment: RFC 3339, `2026-11-21 13:00`, `2026-11-21` (midnight), `13:00` (the most recent one), or a duration
 * before now such as `2h` or `7d`. Times without an offset are in `zone`.
 * @returns whole microseconds since the Unix epoch; undefined for any other text
 */
export function parseMomentUs(text: string, nowMs: number, zone: Zone): number | undefined {
  const ns = timestampToNs(text);
  if (ns !== undefined) return Number(ns / 1000n);
  const full = DATE_TIME.exec(text);
  if (full !== null) {
    const [, year, month, day, hour, minute, second, fraction] = full;
    const date = { year: Number(year), month: Number(month), day: Number(day) };
    return momentUs(date, { hour, minute, second, fraction }, zone);
  }
  const time = TIME.exec(text);
  if (time !== null) {
    const [, hour, minute, second, fraction] = time;
    const at = (day: number): number | undefined =>
      momentUs(dayOf(nowMs, day, zone), { hour, minute, second, fraction }, zone);
    const today = at(0);
    return today !== undefined && today > nowMs * 1000 ? at(-1) : today;
  }
  const before = parseLongDurationNs(text);
  return before === undefined ? undefined : Math.round(nowMs * 1000 - before / 1000);
}

interface Day {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

interface Time {
  readonly hour: string | undefined;
  readonly minute: string | undefined;
  readonly second: string | undefined;
  readonly fraction: string | undefined;
}

/** Returns the day of a moment, shifted by `offset` days. */
function dayOf(ms: number, offset: number, zone: Zone): Day {
  const now = new Date(ms);
  const date =
    zone === 'utc'
      ? new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + offset))
      : new Date(Date.UTC(now.getFullYear(), now.getMonth(), now.getDate() + offset));
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

function momentUs({ year, month, day }: Day, time: Time, zone: Zone): number | undefined {
  const [hour, minute, second] = [Number(time.hour ?? 0), Number(time.minute ?? 0), Number(time.second ?? 0)];
  const fractionUs = Math.floor(Number(`0.${time.fraction ?? '0'}`) * 1e6 + 1e-6);
  // Neither Date.UTC nor the constructor: both read the years 0 to 99 as 1900 to 1999.
  const utc = new Date(0);
  utc.setUTCFullYear(year, month - 1, day);
  utc.setUTCHours(hour, minute, second);
  // Date carries values out of range over, such as February 30th.
  const inRange =
    utc.getUTCMonth() === month - 1 && utc.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  if (!inRange) return undefined;
  if (zone === 'utc') return utc.getTime() * 1000 + fractionUs;
  const local = new Date(0);
  local.setFullYear(year, month - 1, day);
  local.setHours(hour, minute, second, 0);
  return local.getTime() * 1000 + fractionUs;
}
