import type { RowJson } from '../../live/wire/index.js';
import type { Cell, FieldType } from './values.js';

/** Fields that are counts for expressions, but name something: an id with commas could not be given to `kill`. */
const IDS: readonly string[] = ['process.pid', 'process.uid'];

/** Returns the type by which the value of a field is shown. */
export function shownType({ part, name, type }: { part: string; name: string; type: FieldType }): FieldType {
  return IDS.includes(`${part}.${name}`) ? 'number' : type;
}

/** Returns the value of a field in a row's JSON; undefined if the row has no such value. */
export function rowValue(row: RowJson, part: string, name: string): Cell {
  const holder: unknown = part === '' ? row : (row as Readonly<Record<string, unknown>>)[part];
  if (holder === null || holder === undefined || typeof holder !== 'object') return undefined;
  return (holder as Readonly<Record<string, Cell>>)[name];
}
