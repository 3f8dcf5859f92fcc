import { visitRecords } from '../../archive/index.js';
import type { Archive, ReadOptions } from '../../archive/input/index.js';
import { type CsvtoolTable, CsvWriter } from '../../export/index.js';
import { type ArchivedRecord, RecordReader } from '../../parse/index.js';

/** Bytes per write: the size of a pipe. */
const WRITE_BYTES = 64 * 1024;

/** Returns the header as bytes. */
export function headerOf(table: CsvtoolTable): Buffer {
  const csv = new CsvWriter();
  table.writeHeader(csv);
  return csv.take();
}

/**
 * Yields the rows of archives, without a header, in pieces of about 64 KiB and in constant memory. On an error, all
 * rows before it have been yielded.
 */
export async function* rowsOf(
  archives: AsyncIterable<Archive>,
  table: CsvtoolTable,
  options: ReadOptions,
): AsyncGenerator<Buffer, void, undefined> {
  const csv = new CsvWriter();
  // One reader for all archives, as their records have the same layout.
  const reader = new RecordReader();
  const writeRow = (record: ArchivedRecord): CsvWriter => {
    table.writeRow(record, csv);
    return csv;
  };
  const rows = async function* (): AsyncGenerator<Buffer, void, undefined> {
    for await (const { source } of archives) {
      table.begin();
      for await (const written of visitRecords(source, writeRow, options, reader)) {
        for (const out of written) if (out.length >= WRITE_BYTES) yield out.take();
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
