import { ChangedColumns, type Column, type ColumnValue, type SnapshotRow } from './columns/index.js';
import { JsonWriter } from './json-writer.js';

const OPEN = 0x7b;
const CLOSE = 0x7d;
const NEWLINE = 0x0a;
const QUOTE = 0x22;
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
 * means that the kernel reports no value. Integers of any size are exact. Members that cannot have changed since the
 * row before are copied from it, as bytes.
 */
export class JsonLines<Row extends SnapshotRow> {
  /** Output; take the lines from here. */
  readonly out: JsonWriter = new JsonWriter();
  readonly #members: readonly Member<Row>[];
  readonly #changed: ChangedColumns;
  /** End of each member, from the start of the line; a missing one ends where the member before it does. */
  readonly #ends: Int32Array;
  /** Index of the first member that is not missing. */
  #first = 0;

  constructor(columns: readonly Column<Row>[]) {
    this.#members = columns.map((column) => {
      const key = Buffer.from(`${JSON.stringify(column.name)}:`);
      return { column, key, nextKey: Buffer.concat([Buffer.from(','), key]) };
    });
    this.#changed = new ChangedColumns(columns.map(({ inputs }) => inputs));
    this.#ends = new Int32Array(columns.length);
  }

  /** Writes one line. */
  add(row: Row): void {
    const { out } = this;
    const before = out.beginRow();
    if (this.#changed.next(row.record, row.metadata)) {
      if (this.#writeChanged(row, before)) return;
      out.rewriteRow();
    }
    this.#writeAll(row);
  }

  #writeAll(row: Row): void {
    const { out } = this;
    const members = this.#members;
    const start = out.position;
    this.#first = members.length;
    out.byte(OPEN);
    for (let i = 0; i < members.length; i++) {
      const member = members[i];
      if (member !== undefined && this.#write(member, row, this.#first === members.length) && i < this.#first) {
        this.#first = i;
      }
      this.#ends[i] = out.position - start;
    }
    out.byte(CLOSE);
    out.byte(NEWLINE);
  }

  /**
   * Writes a line that differs from the one before in some members. Returns false if another member becomes the first,
   * which has no comma in front.
   * @param before offset of the line before
   */
  #writeChanged(row: Row, before: number): boolean {
    const { out } = this;
    const ends = this.#ends;
    const start = out.position;
    const { columns, count } = this.#changed;
    /** Number of members written, and the end of them in the line before; and by how much the line is longer so far. */
    let done = 0;
    let copied = 0;
    let growth = 0;
    for (let i = 0; i <= count; i++) {
      const index = i < count ? (columns[i] ?? 0) : ends.length;
      const from = index === done ? Math.max(copied, 1) : (ends[index - 1] ?? 0);
      if (from > copied) out.copyOf(before + copied, before + from);
      if (growth !== 0) for (let same = done; same < index; same++) ends[same] = (ends[same] ?? 0) + growth;
      const member = this.#members[index];
      if (i === count || member === undefined) break;
      copied = ends[index] ?? 0;
      const isWritten = this.#write(member, row, index === this.#first);
      if (isWritten ? index < this.#first : index === this.#first) return false;
      const end = out.position - start;
      growth = end - copied;
      ends[index] = end;
      done = index + 1;
    }
    out.byte(CLOSE);
    out.byte(NEWLINE);
    return true;
  }

  /** Writes a member; returns false if it is missing. */
  #write({ column, key, nextKey }: Member<Row>, row: Row, isFirst: boolean): boolean {
    const { out } = this;
    const place = column.inLine?.(row);
    if (place !== undefined) {
      out.raw(isFirst ? key : nextKey);
      out.byte(QUOTE);
      out.copy(place.bytes, place.start, place.end);
      out.byte(QUOTE);
      return true;
    }
    const value = column.text === undefined ? column.read(row) : column.text(row);
    if (value === null && column.isNone?.(row) !== true) return false;
    out.raw(isFirst ? key : nextKey);
    writeValue(value, out);
    return true;
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
