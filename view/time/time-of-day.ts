/** Time zones in which times are read and printed. */
export const ZONES = ['utc', 'local'] as const;
/** Time zone, one of {@link ZONES}. */
export type Zone = (typeof ZONES)[number];

/** Formats a timestamp for people: `2026-11-21 13:08:00.123 UTC`, or with the local offset. Other texts stay. */
export function clock(timestamp: string, zone: Zone = 'utc'): string {
  const ms = Date.parse(timestamp);
  if (Number.isNaN(ms)) return timestamp;
  const offset = zone === 'utc' ? 0 : -new Date(ms).getTimezoneOffset();
  const text = new Date(ms + offset * 60_000).toISOString().slice(0, -1).replace('T', ' ');
  return `${text} ${zone === 'utc' ? 'UTC' : offsetText(offset)}`;
}

/** Formats minutes east of UTC as `+01:00`. */
function offsetText(minutes: number): string {
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${two(size / 60)}:${two(size % 60)}`;
}
