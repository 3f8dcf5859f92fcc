import type { RowJson } from '../../live/wire/index.js';
import type { Cell } from './values.js';

/** Returns the value of a field in a row's JSON; undefined if the row has no such value. */
export function rowValue(row: RowJson, part: string, name: string): Cell {
  const holder: unknown = part === '' ? row : (row as Readonly<Record<string, unknown>>)[part];
  if (holder === null || holder === undefined || typeof holder !== 'object') return undefined;
  return (holder as Readonly<Record<string, Cell>>)[name];
}
