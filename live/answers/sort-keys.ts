import type { ScalarField } from '../../fields/index.js';
import { ROW_VOCABULARY, type StoreRow } from '../store/index.js';
import { RequestError } from './request-error.js';

/** Value by which rows are sorted; undefined if it is unknown. */
export type SortValue = number | string | undefined;

/** Field by which rows are sorted. */
export interface SortKey {
  readonly isDescending: boolean;
  /** Returns a number or a text, of all rows the same. */
  read(row: StoreRow): SortValue;
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
  if (field.type === 'address' && field.readBytes !== undefined) {
    const { readBytes } = field;
    // Bytes in text form: addresses are sorted by number, and not 10.0.0.10 before 10.0.0.9.
    return (row) => {
      const bytes = readBytes(row);
      return bytes === null || bytes === undefined ? undefined : textOf(bytes);
    };
  }
  const { read } = field;
  return (row) => {
    const value = read(row) ?? undefined;
    return typeof value === 'boolean' ? Number(value) : value;
  };
}

function textOf(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}
