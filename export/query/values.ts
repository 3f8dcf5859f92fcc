/** Values of DuckDB as text. */

/** Formats a value as JSON: integers are exact, times and types not in JSON are strings, NaN and infinity are null. */
export function toJson(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : 'null';
  if (typeof value === 'string') return JSON.stringify(value);
  if (isObject(value)) {
    const { items, entries } = value;
    if (Array.isArray(items)) return `[${items.map(toJson).join(',')}]`;
    if (Array.isArray(entries)) {
      return `[${entries.map((entry: unknown) => (isObject(entry) ? `{"key":${toJson(entry['key'])},"value":${toJson(entry['value'])}}` : 'null')).join(',')}]`;
    }
    if (isObject(entries)) {
      return `{${Object.entries(entries)
        .map(([key, item]) => `${JSON.stringify(key)}:${toJson(item)}`)
        .join(',')}}`;
    }
    if (typeof value['scale'] === 'number') return String(value); // a decimal is a number
  }
  return JSON.stringify(toText(value));
}

/** Formats a value for people; times are RFC 3339 in UTC, or `infinity` or `-infinity`. Null is empty. */
export function toText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (!isObject(value)) return String(value);
  return timeText(value) ?? nestedText(value) ?? String(value);
}

/** Formats lists, structs and maps like DuckDB, except for times in them; undefined for any other value. */
function nestedText({ items, entries }: Readonly<Record<string, unknown>>): string | undefined {
  if (Array.isArray(items)) return `[${items.map(itemText).join(', ')}]`;
  if (Array.isArray(entries)) {
    const pairs = entries.map((entry: unknown) =>
      isObject(entry) ? `${itemText(entry['key'])}: ${itemText(entry['value'])}` : 'NULL',
    );
    return `{${pairs.join(', ')}}`;
  }
  if (!isObject(entries)) return undefined;
  return `{${Object.entries(entries)
    .map(([key, item]) => `${itemText(key)}: ${itemText(item)}`)
    .join(', ')}}`;
}

function itemText(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  return typeof value === 'string' ? `'${value.replaceAll(`'`, `''`)}'` : toText(value);
}

/** True for a number, which is right-aligned. */
export function isNumeric(value: unknown): boolean {
  return (
    typeof value === 'number' || typeof value === 'bigint' || (isObject(value) && typeof value['scale'] === 'number')
  );
}

/** Values of DuckDB for infinite days and instants, in any unit. */
const INFINITE_DAYS = 2 ** 31 - 1;
const INFINITE = 2n ** 63n - 1n;

/** Units of timestamps in nanoseconds, by field name. */
const UNITS = { seconds: 1_000_000_000n, millis: 1_000_000n, micros: 1000n, nanos: 1n };

/** Formats a date or a timestamp; undefined for any other value, and for a finite date. */
function timeText(value: Readonly<Record<string, unknown>>): string | undefined {
  if (typeof value['days'] === 'number' && value.constructor.name === 'DuckDBDateValue') {
    const { days } = value;
    if (Math.abs(days) !== INFINITE_DAYS) return undefined;
    return days > 0 ? 'infinity' : '-infinity';
  }
  if (!/^DuckDBTimestamp\w*Value$/.test(value.constructor.name)) return undefined;
  for (const [unit, ns] of Object.entries(UNITS)) {
    const count = value[unit];
    if (typeof count !== 'bigint') continue;
    if (count === INFINITE) return 'infinity';
    return count === -INFINITE ? '-infinity' : instantText(count * ns);
  }
  return undefined;
}

const NS_PER_SECOND = 1_000_000_000n;
/** Range of JavaScript's dates in seconds, both ways from 1970: 275,760 years. */
const MAX_SECONDS = 8_640_000_000_000n;

/**
 * Formats nanoseconds since 1970 as RFC 3339. Years outside that format follow ISO 8601, with a sign and six digits;
 * times beyond any date are microseconds.
 */
function instantText(ns: bigint): string {
  const fraction = ((ns % NS_PER_SECOND) + NS_PER_SECOND) % NS_PER_SECOND;
  const seconds = (ns - fraction) / NS_PER_SECOND;
  if (seconds > MAX_SECONDS || seconds < -MAX_SECONDS) return String(ns / 1000n);
  const text = new Date(Number(seconds) * 1000).toISOString().slice(0, -5);
  const digits = String(fraction).padStart(9, '0').replace(/0+$/, '');
  return `${text}${digits === '' ? '' : `.${digits}`}Z`;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
