import { timestampToNs } from '../../../parse/index.js';
import { parseLongDurationNs } from '../../flags/values.js';

const DATE = /^\d{4}-\d\d-\d\d$/;

/**
 * Parses a moment: RFC 3339, a date (its midnight, UTC), or a duration before now such as `2h` or `7d`.
 * @returns whole microseconds since the Unix epoch; undefined for any other text
 */
export function parseWhenUs(text: string, nowMs: number): number | undefined {
  const ns = timestampToNs(DATE.test(text) ? `${text}T00:00:00Z` : text);
  if (ns !== undefined) return Number(ns / 1000n);
  const before = parseLongDurationNs(text);
  return before === undefined ? undefined : Math.round(nowMs * 1000 - before / 1000);
}
