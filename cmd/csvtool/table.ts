import { CsvWriter, REFERENCE_COLUMNS, ReferenceRow, writeCsvHeader, writeCsvRow } from '../../export/index.js';
import { type Archive, type ReadOptions, readRecordBatches } from '../../input/index.js';
import type { ArchivedRecord } from '../../parse/index.js';

/** Bytes that are gathered for one write: what a pipe holds. */
const WRITE_BYTES = 64 * 1024;

/** Which columns there are, and what they are called. A plain value, that goes to other threads as it is. */
export interface TableChoice {
  /** The reference's csvtool's, byte for byte. */
  readonly columns: 'reference';
}

/** A table that takes one record after the other. */
export interface Table {
  readonly writeHeader: (out: CsvWriter) => void;
  /** Adds a record's row. @throws DecodeError when it has none; then nothing was written */
  readonly writeRow: (record: ArchivedRecord, out: CsvWriter) => void;
}

/** Makes the table. */
export function openTable(_choice: TableChoice): Table {
  const row = new ReferenceRow();
  return {
    writeHeader: (out) => writeCsvHeader(REFERENCE_COLUMNS, out),
    writeRow: (record, out) => {
      row.load(record);
      writeCsvRow(REFERENCE_COLUMNS, row, out);
    },
  };
}

/** The header, as bytes. */
export function headerOf(table: Table): Buffer {
  const csv = new CsvWriter();
  table.writeHeader(csv);
  return csv.take();
}

/**
 * The rows of archives, without a header, in pieces of some 64 KiB: in memory that does not grow with the archives. When
 * it throws, all rows before the trouble have been yielded.
 */
export async function* rowsOf(
  archives: AsyncIterable<Archive>,
  table: Table,
  options: ReadOptions,
): AsyncGenerator<Buffer, void, undefined> {
  const csv = new CsvWriter();
  const rows = async function* (): AsyncGenerator<Buffer, void, undefined> {
    for await (const { source } of archives) {
      for await (const batch of readRecordBatches(source, options)) {
        for (let record = batch.next(); record !== undefined; record = batch.next()) {
          try {
            table.writeRow(record, csv);
          } catch (error) {
            batch.refuse(error);
          }
          if (csv.length >= WRITE_BYTES) yield csv.take();
        }
      }
    }
  };
  let failure: { readonly error: unknown } | undefined;
  try {
    yield* rows();
  } catch (error) {
    failure = { error };
  }
  if (csv.length > 0) yield csv.take();
  if (failure !== undefined) throw failure.error;
}
