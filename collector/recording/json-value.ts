import { EntryError } from './recording-error.js';

/** Value that JSON can hold. */
export type Json = null | boolean | number | string | Json[] | { readonly [key: string]: Json };

/** Value of a batch: what the addon hands over, in any nesting. */
export type BatchValue =
  | undefined
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Uint32Array
  | Int32Array
  | BigUint64Array
  | Float64Array
  | BatchValue[]
  | { readonly [key: string]: BatchValue };

/** Depth of nested values beyond which a line is refused. */
const MAX_DEPTH = 16;

/**
 * Converts a value to JSON without loss, whatever its shape, so that batches of any kind can be recorded. Keys begin
 * with an upper-case letter. What JSON lacks is an object with one key: `$U` (an unsigned 64-bit number), `$Base64`
 * (bytes), `$U32`, `$I32`, `$U64` and `$F64` (arrays), `$F` (a number that is not finite, or negative zero). Keys whose value
 * is undefined are left out.
 */
export function toJson(value: BatchValue): Json {
  if (value === undefined) return null;
  if (typeof value === 'bigint') return { $U: value.toString() };
  if (typeof value === 'number') return isPlain(value) ? value : { $F: numberText(value) };
  if (typeof value !== 'object') return value;
  if (value instanceof Uint8Array) {
    return { $Base64: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64') };
  }
  if (value instanceof Uint32Array) return { $U32: Array.from(value) };
  if (value instanceof Int32Array) return { $I32: Array.from(value) };
  if (value instanceof BigUint64Array) return { $U64: Array.from(value, String) };
  if (value instanceof Float64Array) {
    return { $F64: Array.from(value, (each) => (isPlain(each) ? each : numberText(each))) };
  }
  if (Array.isArray(value)) return value.map(toJson);
  const object: Record<string, Json> = {};
  for (const [key, each] of Object.entries(value)) {
    if (each !== undefined) object[capitalized(key)] = toJson(each);
  }
  return object;
}

/**
 * Converts JSON of {@link toJson} back.
 * @throws EntryError
 */
export function fromJson(json: Json, depth = 0): BatchValue {
  if (depth > MAX_DEPTH) throw new EntryError('values are nested too deeply');
  if (json === null) return undefined;
  if (typeof json !== 'object') return json;
  if (Array.isArray(json)) return json.map((each) => fromJson(each, depth + 1));
  const keys = Object.keys(json);
  const [key = ''] = keys;
  const decode = keys.length === 1 ? SPECIAL.get(key) : undefined;
  if (decode !== undefined) return decode(json[key] ?? null);
  const object: Record<string, BatchValue> = {};
  for (const [name, each] of Object.entries(json)) {
    if (!/^[A-Z]/.test(name)) throw new EntryError(`key ${JSON.stringify(name)} has no upper-case letter at its start`);
    object[`${name.charAt(0).toLowerCase()}${name.slice(1)}`] = fromJson(each, depth + 1);
  }
  return object;
}

const SPECIAL: ReadonlyMap<string, (json: Json) => BatchValue> = new Map<string, (json: Json) => BatchValue>([
  ['$U', (json) => bigOf(json)],
  ['$F', (json) => unusualNumber(json)],
  ['$Base64', (json) => bytesOf(json)],
  ['$U32', (json) => Uint32Array.from(listOf(json), (each) => integerOf(each, 0, 0xffff_ffff))],
  ['$I32', (json) => Int32Array.from(listOf(json), (each) => integerOf(each, -0x8000_0000, 0x7fff_ffff))],
  ['$U64', (json) => BigUint64Array.from(listOf(json), bigOf)],
  [
    '$F64',
    (json) => Float64Array.from(listOf(json), (each) => (typeof each === 'number' ? each : unusualNumber(each))),
  ],
]);

const UNUSUAL = ['NaN', 'Infinity', '-Infinity', '-0'];

function isPlain(value: number): boolean {
  return Number.isFinite(value) && !Object.is(value, -0);
}

function numberText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

function unusualNumber(json: Json): number {
  if (typeof json === 'string' && UNUSUAL.includes(json)) return Number(json);
  throw new EntryError(`a number is ${shown(json)}`);
}

function bigOf(json: Json): bigint {
  if (typeof json === 'string' && /^\d{1,20}$/.test(json)) {
    const value = BigInt(json);
    if (BigInt.asUintN(64, value) === value) return value;
  }
  throw new EntryError(`an unsigned 64-bit number is ${shown(json)}`);
}

function bytesOf(json: Json): Uint8Array {
  if (typeof json !== 'string' || json.length % 4 !== 0) throw new EntryError(`base64 is ${shown(json)}`);
  const bytes = Buffer.from(json, 'base64');
  // Node skips characters that are not base64: then bytes are missing.
  const padding = json.endsWith('==') ? 2 : json.endsWith('=') ? 1 : 0;
  if (bytes.length !== (json.length / 4) * 3 - padding) throw new EntryError('base64 has other characters in it');
  return bytes;
}

function listOf(json: Json): Json[] {
  if (!Array.isArray(json)) throw new EntryError(`an array is ${shown(json)}`);
  return json;
}

function integerOf(json: Json, min: number, max: number): number {
  if (typeof json === 'number' && Number.isInteger(json) && json >= min && json <= max) return json;
  throw new EntryError(`an integer is ${shown(json)}`);
}

function capitalized(key: string): string {
  if (!/^[a-z]/.test(key)) throw new EntryError(`key ${JSON.stringify(key)} of a batch does not begin in lower case`);
  return `${key.charAt(0).toUpperCase()}${key.slice(1)}`;
}

function shown(json: Json): string {
  return JSON.stringify(json).slice(0, 40);
}
