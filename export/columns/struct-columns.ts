import type { Field } from '../../netlink/index.js';
import { fieldReader, presenceReader } from '../../parse/snapshot/index.js';
import type { Column, ColumnType } from './column.js';
import { columnName } from './column-name.js';
import { describeColumn } from './descriptions.js';

/** Source of a struct's fields, and names of their columns. */
export interface StructColumnsOptions {
  /** Group of the columns. */
  readonly group: string;
  /** Number of the attribute, or `RAW_IDM`. */
  readonly part: number;
  /** Offset of the struct in the attribute. */
  readonly base?: number;
  /** Returns the name of a field's column; default: {@link columnName}. */
  readonly rename?: (field: Field) => string;
}

/** Creates a column for each field of a struct that is a number or a flag. */
export function structColumns(
  fields: readonly Field[],
  { group, part, base = 0, rename = columnName }: StructColumnsOptions,
): Column[] {
  return fields
    .filter(({ kind }) => kind !== 'bytes')
    .map((field) => fieldColumn(field, rename(field), { group, part, base }));
}

/** Creates the column of one field. */
export function fieldColumn(field: Field, name: string, { group, part, base = 0 }: StructColumnsOptions): Column {
  const read = fieldReader(part, field, base);
  const inputs = { bytes: [{ part, offset: base + field.offset, size: field.size }] };
  const column = { ...describeField(field, name, group), read, inputs };
  if (field.nullAt === undefined) return column;
  const isThere = presenceReader(part, field, base);
  const { nullAt, kind } = field;
  if (kind !== 'u32' && kind !== 'u64') throw new TypeError(`${field.cName}: no sentinel ${nullAt} in ${kind}`);
  return { ...column, isNone: (row) => isThere(row) && read(row) === null };
}

/** Creates the parts of a column that follow from its field's table. */
export function describeField(field: Field, name: string, group: string): Omit<Column, 'read'> {
  const unit = UNITS[field.unit];
  const common = { name, group, type: typeOf(field), description: describeColumn(name), since: field.since };
  return unit === undefined ? common : { ...common, unit };
}

/** Units as shown in tables; undefined for values that are no quantity. */
const UNITS: Readonly<Record<Field['unit'], string | undefined>> = {
  s: 's',
  us: 'us',
  ms: 'ms',
  ns: 'ns',
  bytes: 'bytes',
  'bytes/s': 'bytes/s',
  packets: 'packets',
  events: 'events',
  bits: 'bits',
  enum: undefined,
  bool: undefined,
  id: undefined,
  address: undefined,
  raw: undefined,
};

function typeOf({ kind, cName }: Field): ColumnType {
  switch (kind) {
    case 'u8':
    case 'u16':
    case 'be16':
    case 'bits':
      return 'int32';
    case 'u32':
    case 'u64':
    case 'id64':
      return 'int64';
    case 'flag':
    case 'present':
      return 'bool';
    default:
      throw new TypeError(`${cName} has no column type`);
  }
}
