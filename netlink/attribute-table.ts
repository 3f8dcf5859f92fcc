import { defineStruct, type Field, type FieldSpecs, readField } from './struct-table.js';

/** Table of attributes that hold one value each, by attribute number. `T` is the type of all decoded values. */
export type AttributeTable<T> = ReadonlyMap<number, Field<keyof T & string>>;

/** Fields of an attribute table by our names, each with its attribute number. */
export type AttributeSpecs<T> = FieldSpecs<T> & { readonly [K in keyof T]-?: { readonly attribute: number } };

/** Creates a table of attributes that hold one value each. */
export function defineAttributes<T>(specs: AttributeSpecs<T>): AttributeTable<T> {
  const numbers = Object.values<{ readonly attribute: number }>(specs).map(({ attribute }) => attribute);
  const { fields } = defineStruct<T>('nlattr', 0, specs);
  return new Map(fields.map((field, i) => [numbers[i] ?? 0, field as Field<keyof T & string>]));
}

/**
 * Decodes one attribute's payload and sets the property of its value, unless the payload is too short. Does not throw.
 * @returns number of bytes that were not decoded; undefined when the table does not have the attribute.
 */
export function decodeAttributeInto<T extends object>(
  target: T,
  table: AttributeTable<T>,
  attribute: number,
  payload: Uint8Array,
): number | undefined {
  const field = table.get(attribute);
  if (field === undefined) return undefined;
  const value = readField(payload, field);
  if (value === undefined) return payload.length;
  (target as Record<string, unknown>)[field.name] = value;
  return payload.length - field.size;
}

/**
 * Decodes one attribute as {@link decodeAttributeInto} does, from `start` to `end` of a message and without allocating
 * for unsigned integers.
 */
export function decodeAttributeAt<T extends object>(
  target: T,
  table: AttributeTable<T>,
  attribute: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): number | undefined {
  const field = table.get(attribute);
  if (field === undefined) return undefined;
  const value = readIntegerAt(bytes, field, start, end) ?? readField(bytes.subarray(start, end), field);
  if (value === undefined) return end - start;
  (target as Record<string, unknown>)[field.name] = value;
  return end - start - field.size;
}

/** Reads an integer that fits a number; undefined if it is another kind of field, too large or not whole. */
function readIntegerAt(bytes: Uint8Array, field: Field, start: number, end: number): number | undefined {
  const at = start + field.offset;
  if (at + field.size > end || field.nullAt !== undefined) return undefined;
  switch (field.kind) {
    case 'u8':
      return bytes[at];
    case 'be16':
      return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
    case 'be32':
      return readBe32(bytes, at);
    case 'be64': {
      const value = readBe32(bytes, at) * 2 ** 32 + readBe32(bytes, at + 4);
      return value <= Number.MAX_SAFE_INTEGER ? value : undefined;
    }
    default:
      return undefined;
  }
}

function readBe32(bytes: Uint8Array, at: number): number {
  const high = ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16);
  return (high | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>> 0;
}
