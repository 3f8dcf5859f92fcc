import type { LineTime } from '../../parse/index.js';
import { type Column, type ColumnValue, toInt64 } from '../columns/index.js';
import type { Bindings, Vector } from './library.js';

/** Rows per chunk: DuckDB's own vector size. */
export const CHUNK_ROWS = 2048;

const INT32 = 2 ** 32;

/** Values of one column for one chunk, as bytes in DuckDB's layout. */
export abstract class ColumnBuffer<Row> {
  /** Bit set of the rows with a value. */
  readonly #valid = new Uint8Array(CHUNK_ROWS / 8).fill(0xff);
  #hasNull = false;
  /** Number of rows with a value of their own or of a row before; and whether the last of them is null. */
  #filled = 0;
  #isNull = false;

  /** @param read the column's function, bound by the caller */
  constructor(protected readonly read: (row: Row) => ColumnValue) {}

  /** Stores the row's value at row `at` of the chunk. Rows since the last stored one have that one's value. */
  put(at: number, row: Row): void {
    if (this.#filled < at) this.#repeat(at);
    this.#filled = at + 1;
    this.#isNull = !this.store(at, row);
    if (this.#isNull) this.#setNull(at);
  }

  /** Copies the values of the first `count` rows to a vector, and starts a new chunk, whose first row must be stored. */
  flush(bindings: Bindings, vector: Vector, count: number): void {
    if (this.#filled < count) this.#repeat(count);
    this.#filled = 0;
    this.write(bindings, vector, count);
    if (!this.#hasNull) return;
    bindings.vector_ensure_validity_writable(vector);
    bindings.copy_data_to_vector_validity(vector, 0, this.#valid.buffer, 0, this.#valid.length);
    this.#valid.fill(0xff);
    this.#hasNull = false;
  }

  /** Stores the row's value. Returns false for null. */
  protected store(at: number, row: Row): boolean {
    const value = this.read(row);
    return value !== null && this.set(at, value);
  }

  /** Stores a value. Returns false if the type cannot hold it, so that it becomes null. */
  protected abstract set(at: number, value: Exclude<ColumnValue, null>): boolean;

  /** Stores the value of row `from - 1` in the rows from `from` up to `to`. */
  protected abstract fill(from: number, to: number): void;

  protected abstract write(bindings: Bindings, vector: Vector, count: number): void;

  #repeat(to: number): void {
    const from = this.#filled;
    if (this.#isNull) for (let at = from; at < to; at++) this.#setNull(at);
    else this.fill(from, to);
  }

  #setNull(at: number): void {
    this.#hasNull = true;
    this.#valid[at >> 3] = (this.#valid[at >> 3] ?? 0) & ~(1 << (at & 7));
  }
}

/** Creates the buffer for a column's type. */
export function columnBuffer<Row>({ name, type, read, time }: Column<Row>): ColumnBuffer<Row> {
  switch (type) {
    case 'string':
      return new TextBuffer(read);
    case 'bool':
      return new BoolBuffer(read);
    case 'int32':
      return new Int32Buffer(read);
    case 'int64':
      return time === undefined ? new Int64Buffer(read) : new NanosecondBuffer(read, time);
    case 'double':
      return new DoubleBuffer(read);
    case 'timestamp':
      return new TimestampBuffer(read, time);
    default:
      throw new TypeError(`column ${name}: no buffer for ${String(type satisfies never)}`);
  }
}

/** Buffer of fixed-width values in DuckDB's layout, which are copied unchanged. */
abstract class FixedBuffer<Row, Items extends ArrayBufferView<ArrayBuffer>> extends ColumnBuffer<Row> {
  protected abstract readonly items: Items;
  /** 32-bit words of the items; undefined for items of one byte. */
  #words: Int32Array | undefined;

  protected override fill(from: number, to: number): void {
    const { buffer, byteLength } = this.items;
    const bytes = byteLength / CHUNK_ROWS;
    if (bytes === 1) {
      const items = new Uint8Array(buffer);
      items.fill(items[from - 1] ?? 0, from, to);
      return;
    }
    this.#words ??= new Int32Array(buffer);
    const words = this.#words;
    const first = words[(from - 1) * (bytes >> 2)] ?? 0;
    if (bytes === 4) {
      for (let at = from; at < to; at++) words[at] = first;
      return;
    }
    const second = words[2 * from - 1] ?? 0;
    for (let at = from; at < to; at++) {
      words[2 * at] = first;
      words[2 * at + 1] = second;
    }
  }

  protected override write(bindings: Bindings, vector: Vector, count: number): void {
    const { buffer, byteLength } = this.items;
    bindings.copy_data_to_vector(vector, 0, buffer, 0, (byteLength / CHUNK_ROWS) * count);
  }
}

class Int32Buffer<Row> extends FixedBuffer<Row, Int32Array<ArrayBuffer>> {
  protected override readonly items = new Int32Array(CHUNK_ROWS);

  protected override set(at: number, value: Exclude<ColumnValue, null>): boolean {
    this.items[at] = Number(value);
    return true;
  }
}

/**
 * Buffer of int64 values. Numbers are stored as two halves: creating a bigint for each would cost more than everything
 * else.
 */
class Int64Buffer<Row> extends FixedBuffer<Row, BigInt64Array<ArrayBuffer>> {
  protected override readonly items = new BigInt64Array(CHUNK_ROWS);
  readonly #halves = new Int32Array(this.items.buffer);

  protected override set(at: number, value: Exclude<ColumnValue, null>): boolean {
    if (typeof value === 'number') {
      const high = Math.floor(value / INT32);
      this.setHalves(at, high, value - high * INT32);
      return true;
    }
    const exact = toInt64(value);
    if (typeof exact !== 'bigint') return false;
    this.items[at] = exact;
    return true;
  }

  protected setHalves(at: number, high: number, low: number): void {
    this.#halves[2 * at] = low | 0;
    this.#halves[2 * at + 1] = high;
  }
}

/** Buffer of timestamps in nanoseconds. */
class NanosecondBuffer<Row> extends Int64Buffer<Row> {
  constructor(
    read: (row: Row) => ColumnValue,
    private readonly time: (row: Row) => LineTime | undefined,
  ) {
    super(read);
  }

  protected override store(at: number, row: Row): boolean {
    const time = this.time(row);
    if (time === undefined) return super.store(at, row);
    // A number cannot hold nanoseconds since 1970: each half is computed for itself.
    const high = Math.floor(time.us / INT32);
    const low = (time.us - high * INT32) * 1000 + time.restNs;
    const carried = Math.floor(low / INT32);
    this.setHalves(at, high * 1000 + carried, low - carried * INT32);
    return true;
  }
}

/** Buffer of timestamps in microseconds, rounded down, which all readers of Parquet support. */
class TimestampBuffer<Row> extends Int64Buffer<Row> {
  constructor(
    read: (row: Row) => ColumnValue,
    private readonly time: ((row: Row) => LineTime | undefined) | undefined,
  ) {
    super(read);
  }

  protected override store(at: number, row: Row): boolean {
    const time = this.time?.(row);
    return time === undefined ? super.store(at, row) : super.set(at, time.us);
  }

  protected override set(at: number, value: Exclude<ColumnValue, null>): boolean {
    const ns = BigInt(value);
    const us = ns / 1000n;
    this.items[at] = us * 1000n > ns ? us - 1n : us;
    return true;
  }
}

class DoubleBuffer<Row> extends FixedBuffer<Row, Float64Array<ArrayBuffer>> {
  protected override readonly items = new Float64Array(CHUNK_ROWS);

  protected override set(at: number, value: Exclude<ColumnValue, null>): boolean {
    this.items[at] = Number(value);
    return true;
  }
}

class BoolBuffer<Row> extends FixedBuffer<Row, Uint8Array<ArrayBuffer>> {
  protected override readonly items = new Uint8Array(CHUNK_ROWS);

  protected override set(at: number, value: Exclude<ColumnValue, null>): boolean {
    this.items[at] = value ? 1 : 0;
    return true;
  }
}

/** Size of a `duckdb_string_t`: the length, and the text itself or a pointer. */
const STRING_BYTES = 16;

/**
 * Buffer of texts. A chunk has few different texts, so DuckDB gets each once; its result, a length and a pointer, is
 * copied to all rows with the text.
 */
class TextBuffer<Row> extends ColumnBuffer<Row> {
  readonly #texts: string[] = [];
  readonly #indexes = new Map<string, number>();
  readonly #rows = new Uint16Array(CHUNK_ROWS);
  readonly #items = new Int32Array((CHUNK_ROWS * STRING_BYTES) / 4);
  #last = '';
  #lastIndex = -1;

  protected override set(at: number, value: Exclude<ColumnValue, null>): boolean {
    const text = String(value);
    if (text !== this.#last || this.#lastIndex < 0) {
      this.#last = text;
      this.#lastIndex = this.#indexOf(text);
    }
    this.#rows[at] = this.#lastIndex;
    return true;
  }

  protected override fill(from: number, to: number): void {
    this.#rows.fill(this.#rows[from - 1] ?? 0, from, to);
  }

  protected override write(bindings: Bindings, vector: Vector, count: number): void {
    const texts = this.#texts;
    if (texts.length > 0) {
      for (let i = 0; i < texts.length; i++) {
        bindings.vector_assign_string_element_len(vector, i, Buffer.from(texts[i] ?? '', 'utf8'));
      }
      const { buffer, byteOffset, length } = bindings.vector_get_data(vector, texts.length * STRING_BYTES);
      const strings = new Int32Array(buffer.slice(byteOffset, byteOffset + length));
      const items = this.#items;
      for (let at = 0; at < count; at++) {
        const from = 4 * (this.#rows[at] ?? 0);
        for (let word = 0; word < 4; word++) items[4 * at + word] = strings[from + word] ?? 0;
      }
      bindings.copy_data_to_vector(vector, 0, items.buffer, 0, STRING_BYTES * count);
    }
    // The row of a null may still hold an index of an earlier chunk.
    this.#rows.fill(0);
    this.#texts.length = 0;
    this.#indexes.clear();
    this.#lastIndex = -1;
  }

  #indexOf(text: string): number {
    const known = this.#indexes.get(text);
    if (known !== undefined) return known;
    const index = this.#texts.push(text) - 1;
    this.#indexes.set(text, index);
    return index;
  }
}
