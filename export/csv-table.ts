import type { CsvWriter } from './csv-writer.js';

/** One column of a table of `Row`s. */
export interface CsvColumn<Row> {
  /** What the header calls it. */
  readonly name: string;
  /** Writes the column's field of a row; writes nothing where it is empty. */
  readonly cell: (row: Row, out: CsvWriter) => void;
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
