import { type FieldJsonValue, isScalar, type RowField } from '../../fields/index.js';
import type { StoreRow } from '../store/index.js';
import type { JsonBytes } from './json-bytes.js';
import type { ChosenFields } from './row-json.js';

/** Writes a row as JSON. */
export type RowWriter = (row: StoreRow, into: JsonBytes) => void;

/** Name of a member of an object, and the writer of its value. */
type Member = readonly [name: string, write: RowWriter];

const NULL = Buffer.from('null');
const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');
const END = Buffer.from('}');
const EMPTY = Buffer.from('{}');

/** Creates a function that writes rows as `JSON.stringify(rowJson(row, fields))` does, without making objects. */
export function rowWriter({ top, parts }: ChosenFields): RowWriter {
  return objectWriter([
    ...top.map(member),
    ...parts.map(({ part, fields }): Member => {
      const write = objectWriter(fields.map(member));
      if (part === 'connection') return [part, write];
      return [part, (row, into) => (row[part] === null ? into.raw(NULL) : write(row, into))];
    }),
  ]);
}

function objectWriter(members: readonly Member[]): RowWriter {
  if (members.length === 0) return (_row, into) => into.raw(EMPTY);
  const names = members.map(([name], i) => Buffer.from(`${i === 0 ? '{' : ','}${JSON.stringify(name)}:`));
  const writers = members.map(([, write]) => write);
  return (row, into) => {
    for (let i = 0; i < writers.length; i++) {
      into.raw(names[i] ?? NULL);
      writers[i]?.(row, into);
    }
    into.raw(END);
  };
}

function member(field: RowField<StoreRow>): Member {
  const { json, name } = field;
  if (json !== undefined) return [name, (row, into) => writeValue(json(row), into)];
  if (!isScalar(field)) throw new TypeError(`field ${name} has no value`);
  return [name, (row, into) => writeValue(field.read(row) ?? null, into)];
}

function writeValue(value: FieldJsonValue, into: JsonBytes): void {
  if (typeof value === 'number') into.number(value);
  else if (typeof value === 'string') into.string(value);
  else if (value === null) into.raw(NULL);
  else if (typeof value === 'boolean') into.raw(value ? TRUE : FALSE);
  else into.json(value);
}
