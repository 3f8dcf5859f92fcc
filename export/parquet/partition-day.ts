import { quoteName } from '../duckdb/index.js';

/** Days since the Unix epoch in UTC; null for rows without a time. */
export type PartitionDay = number | null;

const DAY_US = 86_400_000_000;
const DAY_MS = 86_400_000;

/** Returns the day of a time. */
export function dayOfUs(timeUs: number | null): PartitionDay {
  return timeUs === null ? null : Math.floor(timeUs / DAY_US);
}

/** Returns the folder name of a day in Hive's form: `date=2026-11-20`. */
export function partitionFolder(day: PartitionDay): string {
  return `date=${day === null ? '__HIVE_DEFAULT_PARTITION__' : isoDate(day)}`;
}

/** Returns the SQL condition that a row belongs to a day. */
export function dateRange(column: string, day: PartitionDay): string {
  const name = quoteName(column);
  if (day === null) return `${name} IS NULL`;
  return `${name} >= ${midnight(day)} AND ${name} < ${midnight(day + 1)}`;
}

function midnight(day: number): string {
  return `TIMESTAMPTZ '${isoDate(day)} 00:00:00+00'`;
}

function isoDate(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 'YYYY-MM-DD'.length);
}
