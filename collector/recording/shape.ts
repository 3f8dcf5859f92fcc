import type { BatchValue } from './json-value.js';
import { EntryError } from './recording-error.js';

/** Kind of a field. Numbers are finite and not negative. */
export type Kind = 'number' | 'numbers' | 'bigint' | 'string' | 'bytes' | 'u32' | 'u64' | 'f64' | 'object' | 'failure?';

/** Returns whether a value is an object with named values, and no array. */
export function isObject(value: BatchValue): value is { readonly [key: string]: BatchValue } {
  return typeof value === 'object' && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

/** @throws EntryError if a field is missing, or of another kind */
export function requireShape(
  value: { readonly [key: string]: BatchValue },
  shape: Readonly<Record<string, Kind>>,
): void {
  for (const [name, kind] of Object.entries(shape)) {
    if (!IS[kind](value[name])) throw new EntryError(`${name} is missing, or not of its kind (${kind})`);
  }
}

const IS: Readonly<Record<Kind, (value: BatchValue) => boolean>> = {
  number: isNumber,
  numbers: (value) => Array.isArray(value) && value.every(isNumber),
  bigint: (value) => typeof value === 'bigint',
  string: (value) => typeof value === 'string',
  bytes: (value) => value instanceof Uint8Array,
  u32: (value) => value instanceof Uint32Array,
  u64: (value) => value instanceof BigUint64Array,
  f64: (value) => value instanceof Float64Array,
  object: isObject,
  'failure?': (value) =>
    value === undefined ||
    (isObject(value) &&
      typeof value['code'] === 'string' &&
      typeof value['op'] === 'string' &&
      isNumber(value['errno'])),
};

function isNumber(value: BatchValue): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
