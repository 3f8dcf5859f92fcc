/** Values of DuckDB as text. */

/** As JSON: integers are exact, times and what JSON has no type for are texts, NaN and infinity are null. */
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

/** As people read it; times are RFC 3339 in UTC. Null is empty. */
export function toText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (isObject(value) && typeof value['micros'] === 'bigint' && isTimestamp(value)) return timeText(value['micros']);
  return String(value);
}

/** Whether a value is a number, and is written right-aligned. */
export function isNumeric(value: unknown): boolean {
  return (
    typeof value === 'number' || typeof value === 'bigint' || (isObject(value) && typeof value['scale'] === 'number')
  );
}

function isTimestamp(value: object): boolean {
  return /^DuckDBTimestamp(TZ)?Value$/.test(value.constructor.name);
}

/** Years that RFC 3339 has; others as DuckDB counts them are microseconds. */
const LAST_US = 253_402_300_800_000_000n;
const FIRST_US = -62_135_596_800_000_000n;

function timeText(micros: bigint): string {
  if (micros < FIRST_US || micros >= LAST_US) return String(micros);
  const ms = micros / 1000n - (micros % 1000n < 0n ? 1n : 0n);
  const rest = String(micros - ms * 1000n).padStart(3, '0');
  const text = `${new Date(Number(ms)).toISOString().slice(0, -1)}${rest}`;
  return `${text.replace(/\.?0+$/, '')}Z`;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
