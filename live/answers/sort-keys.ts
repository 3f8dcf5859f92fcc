import type { ScalarField } from '../../fields/index.js';
import { ROW_VOCABULARY, type StoreRow } from '../store/index.js';
import { RequestError } from './request-error.js';

/** Value by which rows are sorted. */
type SortValue = number | string | boolean | null;

/** Field by which rows are sorted. */
export interface SortKey {
  readonly isDescending: boolean;
  read(row: StoreRow): SortValue;
}

/** Row with the values by which it is sorted. */
export interface SortedRow {
  readonly row: StoreRow;
  readonly values: readonly SortValue[];
}

const MAX_KEYS = 3;

/** Parses the parameter `sort`. @throws RequestError */
export function parseSort(text: string): SortKey[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.length > MAX_KEYS)
    throw new RequestError('sort', `sort: ${names.length} fields; at most ${MAX_KEYS} are possible`);
  return names.map((name) => {
    const isDescending = name.startsWith('-');
    const field = ROW_VOCABULARY.field(isDescending ? name.slice(1) : name)?.field;
    if (field === undefined) throw unknownField('sort', isDescending ? name.slice(1) : name);
    return { isDescending, read: readerOf(field) };
  });
}

/** Returns the error about a name that is no field, with those that it may have meant. */
export function unknownField(parameter: string, name: string): RequestError {
  const near = ROW_VOCABULARY.nearFields(name);
  const hint = near.length === 0 ? '' : `; ${near.join(', ')}?`;
  return new RequestError(parameter, `${parameter}: ${JSON.stringify(name)} is no field${hint}`);
}

function readerOf(field: ScalarField<StoreRow>): (row: StoreRow) => SortValue {
  if (field.type === 'address') {
    const { readBytes } = field;
    // Bytes in text form: addresses are sorted by number, and not 10.0.0.10 before 10.0.0.9.
    if (readBytes !== undefined) return (row) => String.fromCharCode(...(readBytes(row) ?? []));
  }
  return (row) => field.read(row) ?? null;
}

/** Compares two rows by their values; unknown values come last in both directions, and of equal rows the older first. */
export function compareRows(keys: readonly SortKey[], a: SortedRow, b: SortedRow): number {
  for (let i = 0; i < keys.length; i++) {
    const [left, right] = [a.values[i] ?? null, b.values[i] ?? null];
    if (left === right) continue;
    if (left === null) return 1;
    if (right === null) return -1;
    return left < right === (keys[i]?.isDescending === true) ? 1 : -1;
  }
  if (a.row.startUs !== b.row.startUs) return a.row.startUs - b.row.startUs;
  if (a.row.key === b.row.key) return 0;
  return a.row.key < b.row.key ? -1 : 1;
}
