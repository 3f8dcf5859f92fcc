import type { Column, ColumnValue } from './columns/index.js';
import { JsonWriter } from './json-writer.js';

const OPEN = 0x7b;
const CLOSE = 0x7d;
const NEWLINE = 0x0a;
const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');
const NULL = Buffer.from('null');

/** Column with its encoded key. */
interface Member<Row> {
  readonly column: Column<Row>;
  /** Key of the first member of an object. */
  readonly key: Uint8Array;
  /** Key of a later member, with a comma in front. */
  readonly nextKey: Uint8Array;
}

/**
 * Writer of rows as JSON objects, one per line, with the columns' names as keys. Missing values are left out; null
 * means that the kernel reports no value. Integers of any size are exact.
 */
export class JsonLines<Row> {
  /** Output; take the lines from here. */
  readonly out: JsonWriter = new JsonWriter();
  readonly #members: readonly Member<Row>[];

  constructor(columns: readonly Column<Row>[]) {
    this.#members = columns.map((column) => {
      const key = Buffer.from(`${JSON.stringify(column.name)}:`);
      return { column, key, nextKey: Buffer.concat([Buffer.from(','), key]) };
    });
  }

  /** Writes one line. */
  add(row: Row): void {
    const { out } = this;
    let isFirst = true;
    out.byte(OPEN);
    for (const { column, key, nextKey } of this.#members) {
      const value = column.text === undefined ? column.read(row) : column.text(row);
      if (value === null && column.isNone?.(row) !== true) continue;
      out.raw(isFirst ? key : nextKey);
      isFirst = false;
      writeValue(value, out);
    }
    out.byte(CLOSE);
    out.byte(NEWLINE);
  }
}

function writeValue(value: ColumnValue, out: JsonWriter): void {
  switch (typeof value) {
    case 'number':
      out.number(value);
      return;
    case 'string':
      out.text(value);
      return;
    case 'bigint':
      out.integer(value);
      return;
    case 'boolean':
      out.raw(value ? TRUE : FALSE);
      return;
    default:
      out.raw(NULL);
  }
}
