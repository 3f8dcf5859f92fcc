import { type FieldJsonValue, isScalar, type RowField } from '../../fields/index.js';
import type { StoreRow } from '../store/index.js';
import type { JsonBytes } from './json-bytes.js';
import type { ChosenFields } from './row-json.js';

/** Writes a row as JSON. */
export type RowWriter = (row: StoreRow, into: JsonBytes) => void;

const NULL = Buffer.from('null');
const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');
const BEGIN = Buffer.from('{');
const END = Buffer.from('}');
const EMPTY_LIST = Buffer.from('[]');

/** Creates a function that writes rows as `JSON.stringify(rowJson(row, fields))` does, without making objects. */
export function rowWriter({ top, parts }: ChosenFields): RowWriter {
  const members = new Members(top);
  const objects = parts.map(({ part, fields }, i) => ({
    part,
    name: nameBytes(part, top.length + i === 0),
    members: new Members(fields),
  }));
  return (row, into) => {
    into.raw(BEGIN);
    members.write(row, into);
    for (const { part, name, members: inner } of objects) {
      into.raw(name);
      if (part !== 'connection' && row[part] === null) {
        into.raw(NULL);
      } else {
        into.raw(BEGIN);
        inner.write(row, into);
        into.raw(END);
      }
    }
    into.raw(END);
  };
}

/** Members of an object: one list of names and one of readers, so that each value takes a single call. */
class Members {
  readonly #names: readonly Uint8Array[];
  readonly #readers: readonly ((row: StoreRow) => FieldJsonValue | undefined)[];

  constructor(fields: readonly RowField<StoreRow>[]) {
    this.#names = fields.map(({ name }, i) => nameBytes(name, i === 0));
    this.#readers = fields.map(readerOf);
  }

  write(row: StoreRow, into: JsonBytes): void {
    const [names, readers] = [this.#names, this.#readers];
    for (let i = 0; i < readers.length; i++) {
      into.raw(names[i] ?? NULL);
      const value = readers[i]?.(row);
      if (typeof value === 'number') into.number(value);
      else if (typeof value === 'string') into.string(value);
      else if (value === null || value === undefined) into.raw(NULL);
      else if (typeof value === 'boolean') into.raw(value ? TRUE : FALSE);
      else if (Array.isArray(value) && value.length === 0) into.raw(EMPTY_LIST);
      else into.json(value);
    }
  }
}

function readerOf(field: RowField<StoreRow>): (row: StoreRow) => FieldJsonValue | undefined {
  const { json, name } = field;
  if (json !== undefined) return json;
  if (!isScalar(field)) throw new TypeError(`field ${name} has no value`);
  return field.read;
}

/** Returns the name of a member of an object as it is written. */
function nameBytes(name: string, isFirst: boolean): Uint8Array {
  return Buffer.from(`${isFirst ? '' : ','}${JSON.stringify(name)}:`);
}
