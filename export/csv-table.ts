import type { CsvWriter } from './csv-writer.js';

/** What a cell is written to: at most one of these, once. */
export interface CellWriter {
  /** A safe integer in decimal, or a bigint. */
  integer(value: number | bigint): void;
  /** Text. */
  text(value: string): void;
  /** Text as bytes, which need not be UTF-8. */
  bytes(value: Uint8Array): void;
}

/** One column of a table of `Row`s. */
export interface CsvColumn<Row> {
  /** What the header calls it. */
  readonly name: string;
  /** Writes the column's field of a row; writes nothing where it is empty. */
  readonly cell: (row: Row, out: CellWriter) => void;
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
