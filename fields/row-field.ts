import type { FieldDefinition } from '../expression/index.js';

/** Value of a field in JSON. */
export type FieldJsonValue = string | number | boolean | null | readonly string[] | Readonly<Record<string, unknown>>;

/** Properties that a field of a row has besides those that expressions need. */
interface Described<Row> {
  /** First kernel release with the value; absent if it does not come from the kernel. */
  readonly since?: string;
  /** True if lists show the field unless they are asked for others. */
  readonly isDefault?: boolean;
  /** True if the value of a row never changes. */
  readonly isFixed?: boolean;
  /** Returns the value in JSON (default: what `read` returns). */
  json?(row: Row): FieldJsonValue;
}

/** Field that expressions can use: a scalar. */
export type ScalarField<Row> = FieldDefinition<Row> & Described<Row>;

/** Field that only JSON shows: an object or a list. */
export interface ObjectField<Row> extends Described<Row> {
  readonly type: 'object';
  readonly part: string;
  readonly name: string;
  readonly unit?: string;
  readonly description: string;
  readonly aliases?: readonly string[];
  json(row: Row): FieldJsonValue;
}

/** Field of a row: one entry of a table from which expressions, JSON and documents follow. */
export type RowField<Row> = ScalarField<Row> | ObjectField<Row>;

/** Returns whether expressions can use a field. */
export function isScalar<Row>(field: RowField<Row>): field is ScalarField<Row> {
  return field.type !== 'object';
}

/** Returns the value of a field in JSON; null if the row does not have it. */
export function fieldJson<Row>(field: RowField<Row>, row: Row): FieldJsonValue {
  if (field.json !== undefined) return field.json(row);
  return isScalar(field) ? (field.read(row) ?? null) : null;
}
