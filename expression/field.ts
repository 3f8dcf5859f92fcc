/** Value that a row may lack: null and undefined are unknown. */
export type Readable<T> = T | null | undefined;

interface FieldBase {
  /** Part of the row, such as `now`; empty for the row itself. `part.name` is the name in two parts. */
  readonly part: string;
  readonly name: string;
  readonly description: string;
  /** Further names. */
  readonly aliases?: readonly string[];
  /** True if only the name in two parts means the field, because its short name is an alias of another one. */
  readonly isQualified?: boolean;
  /**
   * Unit of what `read` returns: one of `UNITS` for quantities that have one (without it: us, B, B/s or 1; for a time,
   * us since 1970), or any word for counts and numbers.
   */
  readonly unit?: string;
}

/** Field with a number. */
export interface NumericField<Row> extends FieldBase {
  readonly type: 'duration' | 'bytes' | 'rate' | 'ratio' | 'count' | 'number' | 'time' | 'port';
  /** All values, if there are few. An expression that names another value is wrong. */
  readonly values?: readonly number[];
  read(row: Row): Readable<number>;
}

/** Field with a text. */
export interface TextField<Row> extends FieldBase {
  readonly type: 'text';
  /** All values, if there are few. An expression that names another value is wrong. */
  readonly values?: readonly string[];
  read(row: Row): Readable<string>;
}

/** Field that is true or false. */
export interface BooleanField<Row> extends FieldBase {
  readonly type: 'boolean';
  read(row: Row): Readable<boolean>;
}

/** Field with an address. */
export interface AddressField<Row> extends FieldBase {
  readonly type: 'address';
  /** Returns the address as a text. */
  read(row: Row): Readable<string>;
  /** Returns the 16 bytes of `comparableAddress`. Without it they are parsed from the text in each evaluation. */
  readBytes?(row: Row): Readable<Uint8Array>;
}

/** Field of a row: one entry of the table that the caller gives. */
export type FieldDefinition<Row> = NumericField<Row> | TextField<Row> | BooleanField<Row> | AddressField<Row>;

/** Named predicate, used as `is:name`. */
export interface FlagDefinition<Row> {
  readonly name: string;
  readonly description: string;
  /** Returns null if it is unknown. */
  read(row: Row): Readable<boolean>;
}

/** Returns the name of a field in two parts. */
export function fullName(field: { readonly part: string; readonly name: string }): string {
  return field.part === '' ? field.name : `${field.part}.${field.name}`;
}
