import { defineStruct, type Field, type FieldSpecs, readField } from './struct-table.js';

/** Attributes of one value each, by number. `T` has all of the values, under the fields' names. */
export type AttributeTable<T> = ReadonlyMap<number, Field<keyof T & string>>;

/** Fields by our names, each with the number of its attribute. */
export type AttributeSpecs<T> = FieldSpecs<T> & { readonly [K in keyof T]-?: { readonly attribute: number } };

/** Makes the table of a family of attributes. */
export function defineAttributes<T>(specs: AttributeSpecs<T>): AttributeTable<T> {
  const numbers = Object.values<{ readonly attribute: number }>(specs).map(({ attribute }) => attribute);
  const { fields } = defineStruct<T>('nlattr', 0, specs);
  return new Map(fields.map((field, i) => [numbers[i] ?? 0, field as Field<keyof T & string>]));
}

/**
 * Decodes one attribute's payload into the property that its value has; a payload that is too short for it sets none.
 * Does not throw.
 * @returns how many bytes are left undecoded, undefined when the table does not have the attribute.
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
