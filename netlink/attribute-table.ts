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
