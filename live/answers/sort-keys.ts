import type { FieldDefinition, Vocabulary } from '../../expression/index.js';
import { comparableAddress } from '../../inetdiag/index.js';
import { parseAddress } from '../../netlink/index.js';
import type { StoreRow } from '../store/index.js';
import { RequestError } from './request-error.js';

/** Value by which rows are sorted; undefined if it is unknown. */
export type SortValue = number | string | undefined;

/** Field by which rows are sorted. */
export interface SortKey<Row = StoreRow> {
  readonly isDescending: boolean;
  /** Returns a number or a text, of all rows the same. */
  read(row: Row): SortValue;
}

const MAX_KEYS = 3;

/** Parses the parameter `sort` of rows with the fields of a vocabulary. @throws RequestError */
export function parseSortBy<Row>(text: string, vocabulary: Vocabulary<Row>): SortKey<Row>[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.length > MAX_KEYS)
    throw new RequestError('sort', `sort: ${names.length} fields; at most ${MAX_KEYS} are possible`);
  return names.map((name) => {
    const isDescending = name.startsWith('-');
    const field = vocabulary.field(isDescending ? name.slice(1) : name)?.field;
    if (field === undefined) throw unknownField('sort', isDescending ? name.slice(1) : name, vocabulary);
    return { isDescending, read: readerOf(field) };
  });
}

/** Returns the error about a name that is no field, with those that it may have meant. */
export function unknownField<Row>(
  parameter: string,
  name: string,
  vocabulary: Pick<Vocabulary<Row>, 'nearFields'>,
): RequestError {
  const near = vocabulary.nearFields(name);
  const hint = near.length === 0 ? '' : `; ${near.join(', ')}?`;
  return new RequestError(parameter, `${parameter}: ${JSON.stringify(name)} is no field${hint}`);
}

function readerOf<Row>(field: FieldDefinition<Row>): (row: Row) => SortValue {
  if (field.type === 'address' && field.readBytes !== undefined) {
    const { readBytes } = field;
    // Bytes in text form: addresses are sorted by number, and not 10.0.0.10 before 10.0.0.9.
    return (row) => {
      const bytes = readBytes(row);
      return bytes === null || bytes === undefined ? undefined : textOf(bytes);
    };
  }
  const { read } = field;
  if (field.type === 'address') return (row) => bytesText(read(row));
  return (row) => {
    const value = read(row) ?? undefined;
    return typeof value === 'boolean' ? Number(value) : value;
  };
}

function bytesText(value: unknown): string | undefined {
  const address = typeof value === 'string' ? parseAddress(value) : undefined;
  return address === undefined ? undefined : textOf(comparableAddress(address.bytes, address.family));
}

function textOf(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** Compares two values of one key: unknown ones come last in both directions. */
export function compareValues(left: SortValue, right: SortValue, isDescending: boolean): number {
  if (left === right) return 0;
  if (left === undefined) return 1;
  if (right === undefined) return -1;
  return left < right === isDescending ? 1 : -1;
}
