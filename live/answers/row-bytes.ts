import { type FieldJsonValue, isScalar, type RowField } from '../../fields/index.js';
import type { StoreRow } from '../store/index.js';
import type { JsonBytes } from './json-bytes.js';
import type { ChosenFields } from './row-json.js';

/** Writes a row as JSON. */
export type RowWriter = (row: StoreRow, into: JsonBytes) => void;

const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');
const EMPTY_LIST = Buffer.from('[]');
/** ASCII code of `}`. */
const END = 0x7d;

/** Creates a function that writes rows as `JSON.stringify(rowJson(row, fields))` does, without making objects. */
export function rowWriter({ top, parts }: ChosenFields): RowWriter {
  const members = new Members('{', top);
  const objects = parts.map(({ part, fields }, i) => {
    const name = `${top.length + i === 0 ? '' : ','}${JSON.stringify(part)}:`;
    return { part, missing: Buffer.from(`${name}null`), members: new Members(`${name}{`, fields) };
  });
  return (row, into) => {
    members.write(row, into);
    for (const { part, missing, members: inner } of objects) {
      if (part !== 'connection' && row[part] === null) {
        into.raw(missing);
      } else {
        inner.write(row, into);
        into.byte(END);
      }
    }
    into.byte(END);
  };
}

/** Name of a member of an object as it is written, and with `null` behind it. */
interface Name {
  readonly alone: Uint8Array;
  readonly withNull: Uint8Array;
}

/** Members of an object: one list of names and one of readers, so that each value takes few calls. */
class Members {
  readonly #begin: Uint8Array;
  readonly #names: readonly Name[];
  readonly #readers: readonly ((row: StoreRow) => FieldJsonValue | undefined)[];

  /** @param begin text before the first member */
  constructor(begin: string, fields: readonly RowField<StoreRow>[]) {
    this.#begin = Buffer.from(begin);
    this.#names = fields.map(({ name }, i) => {
      const text = `${i === 0 ? begin : ','}${JSON.stringify(name)}:`;
      return { alone: Buffer.from(text), withNull: Buffer.from(`${text}null`) };
    });
    this.#readers = fields.map(readerOf);
  }

  write(row: StoreRow, into: JsonBytes): void {
    const [names, readers] = [this.#names, this.#readers];
    if (names.length === 0) into.raw(this.#begin);
    for (let i = 0; i < names.length; i++) {
      const name = names[i];
      if (name === undefined) continue;
      const value = readers[i]?.(row);
      if (value === null || value === undefined) {
        into.raw(name.withNull);
        continue;
      }
      into.raw(name.alone);
      if (typeof value === 'number') into.number(value);
      else if (typeof value === 'string') into.string(value);
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
