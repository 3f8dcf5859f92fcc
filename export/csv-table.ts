import type { CsvWriter } from './csv-writer.js';

/** Destination of a cell. Call at most one method, once. */
export interface CellWriter {
  /** Writes a safe integer or a bigint in decimal. */
  integer(value: number | bigint): void;
  /** Writes text. */
  text(value: string): void;
  /** Writes text as bytes, which need not be UTF-8. */
  bytes(value: Uint8Array): void;
}

/** Column of a CSV table of `Row`s. */
export interface CsvColumn<Row> {
  /** Name in the header. */
  readonly name: string;
  /** Writes the column's field of a row; writes nothing for an empty field. */
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
