import type { ArchivedRecord, Metadata } from '../parse/index.js';
import { ChangedColumns, type ColumnInputs } from './columns/index.js';
import type { CsvWriter } from './csv-writer.js';

/** Destination of a cell. Call at most one method, once. */
export interface CellWriter {
  /** Writes a safe integer or a bigint in decimal. */
  integer(value: number | bigint): void;
  /** Writes text. */
  text(value: string): void;
  /** Writes ASCII text that needs no quotes and stands in other bytes. */
  copy(bytes: Uint8Array, start: number, end: number): void;
  /** Writes text as bytes, which need not be UTF-8. */
  bytes(value: Uint8Array): void;
}

/** Column of a CSV table of `Row`s. */
export interface CsvColumn<Row> {
  /** Name in the header. */
  readonly name: string;
  /** Writes the column's field of a row; writes nothing for an empty field. */
  readonly cell: (row: Row, out: CellWriter) => void;
  /** Everything that the cell follows from; absent if it may change with any row. */
  readonly inputs?: ColumnInputs | undefined;
}

/** Writes the header of a table. */
export function writeCsvHeader<Row>(columns: readonly CsvColumn<Row>[], out: CsvWriter): void {
  for (const [i, { name }] of columns.entries()) {
    if (i > 0) out.endField();
    out.text(name);
  }
  out.endRow();
}

/** Writes one row of a table. */
export function writeCsvRow<Row>(columns: readonly CsvColumn<Row>[], row: Row, out: CsvWriter): void {
  let first = true;
  for (const { cell } of columns) {
    if (!first) out.endField();
    first = false;
    cell(row, out);
  }
  out.endRow();
}

/** Writer of a table's rows. Cells that cannot have changed since the row before are copied from it, as bytes. */
export class CsvRows<Row> {
  readonly out: CsvWriter;
  readonly #columns: readonly CsvColumn<Row>[];
  readonly #changed: ChangedColumns;
  /** End of each cell with its comma or newline, from the start of the row. */
  readonly #ends: Int32Array;

  /** @param out writer of these rows only, after the header */
  constructor(columns: readonly CsvColumn<Row>[], out: CsvWriter) {
    this.out = out;
    this.#columns = columns;
    this.#changed = new ChangedColumns(columns.map(({ inputs }) => inputs));
    this.#ends = new Int32Array(columns.length);
  }

  /**
   * Writes a row.
   * @param record record that the row shows
   * @param metadata metadata of the record's archive
   */
  add(row: Row, record: ArchivedRecord, metadata: Metadata | undefined): void {
    const before = this.out.beginRow();
    if (this.#changed.next(record, metadata)) this.#writeChanged(row, before);
    else this.#writeAll(row);
  }

  #writeAll(row: Row): void {
    const { out } = this;
    const start = out.position;
    const columns = this.#columns;
    for (let i = 0; i < columns.length; i++) {
      columns[i]?.cell(row, out);
      this.#endCell(i);
      this.#ends[i] = out.position - start;
    }
  }

  /** @param before offset of the row before */
  #writeChanged(row: Row, before: number): void {
    const { out } = this;
    const ends = this.#ends;
    const start = out.position;
    const { columns, count } = this.#changed;
    /** Number of cells written, and the end of them in the row before; and by how much the row is longer so far. */
    let done = 0;
    let copied = 0;
    let growth = 0;
    for (let i = 0; i <= count; i++) {
      const column = i < count ? (columns[i] ?? 0) : ends.length;
      const from = column === done ? copied : (ends[column - 1] ?? 0);
      if (from > copied) out.copyOf(before + copied, before + from);
      if (growth !== 0) for (let same = done; same < column; same++) ends[same] = (ends[same] ?? 0) + growth;
      if (i === count) return;
      copied = ends[column] ?? 0;
      this.#columns[column]?.cell(row, out);
      this.#endCell(column);
      const end = out.position - start;
      growth = end - copied;
      ends[column] = end;
      done = column + 1;
    }
  }

  #endCell(column: number): void {
    if (column === this.#columns.length - 1) this.out.endRow();
    else this.out.endField();
  }
}
