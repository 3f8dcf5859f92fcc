import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CsvColumn,
  CsvRows,
  CsvWriter,
  csvColumns,
  JsonLines,
  openCsvtoolTable,
  SNAPSHOT_COLUMNS,
  SnapshotReader,
  type SnapshotRow,
  writeCsvRow,
} from '../../export/index.js';
import { DecodeError } from '../../netlink/index.js';
import { type ArchivedRecord, decodeRecord, RecordReader } from '../../parse/index.js';
import { changingLines } from '../support/changing-lines.js';

/** Returns a value, or undefined for a line that is no record. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return undefined;
  }
}

/** Returns whether a writer accepts a record. */
function isAccepted(add: () => void): boolean {
  return (
    attempt(() => {
      add();
      return true;
    }) ?? false
  );
}

/**
 * Converts lines with a writer that sees records in place, and compares its text with what another writes of each
 * decoded record alone. Returns the number of records.
 */
function compare(
  lines: readonly string[],
  add: (record: ArchivedRecord) => void,
  take: () => Buffer,
  alone: (record: ArchivedRecord) => string,
): number {
  const reader = new RecordReader();
  let expected = '';
  let found = '';
  let records = 0;
  for (const [i, line] of lines.entries()) {
    const bytes = Buffer.from(line);
    const record = attempt(() => decodeRecord(line));
    const text = record === undefined ? undefined : attempt(() => alone(record));
    expected += text ?? '';
    const inPlace = attempt(() => reader.read(bytes, 0, bytes.length));
    expect(inPlace === undefined).toBe(record === undefined);
    const isAdded = inPlace !== undefined && isAccepted(() => add(inPlace));
    expect(isAdded).toBe(text !== undefined);
    if (isAdded) records++;
    // Bytes are taken from time to time, between rows.
    if (i % 3 === 2) found += take().toString('latin1');
  }
  found += take().toString('latin1');
  expect(found).toBe(expected);
  return records;
}

const CELLS = csvColumns(SNAPSHOT_COLUMNS);

function csvOf<Row>(columns: readonly CsvColumn<Row>[], row: Row): string {
  const out = new CsvWriter();
  writeCsvRow(columns, row, out);
  return out.take().toString('latin1');
}

/** Returns a function that loads a record to a row of its own, after the metadata of the records before. */
function rowsAlone(write: (row: SnapshotReader) => string): (record: ArchivedRecord) => string {
  let metadata: ArchivedRecord['metadata'];
  return (record) => {
    const row = new SnapshotReader();
    row.begin('a');
    if (metadata !== undefined) row.load({ timestamp: record.timestamp, metadata });
    metadata = record.metadata ?? metadata;
    return row.load(record) ? write(row) : '';
  };
}

describe('rows whose changed columns alone are made', () => {
  it('writes CSV as if each row were alone', () => {
    let records = 0;
    fc.assert(
      fc.property(changingLines, (lines) => {
        const out = new CsvWriter();
        const rows = new CsvRows(CELLS, out);
        const row = new SnapshotReader();
        row.begin('a');
        const add = (record: ArchivedRecord): void => {
          if (row.load(record)) rows.add(row, row.record, row.metadata);
        };
        records += compare(
          lines,
          add,
          () => out.take(),
          rowsAlone((each) => csvOf<SnapshotRow>(CELLS, each)),
        );
      }),
      { numRuns: 500 },
    );
    expect(records).toBeGreaterThan(1000);
  });

  it('writes JSON lines as if each were alone', () => {
    fc.assert(
      fc.property(changingLines, fc.nat(SNAPSHOT_COLUMNS.length - 1), (lines, first) => {
        // Any column may be the first of a line.
        const columns = SNAPSHOT_COLUMNS.slice(first);
        const json = new JsonLines<SnapshotRow>(columns);
        const row = new SnapshotReader();
        row.begin('a');
        const add = (record: ArchivedRecord): void => {
          if (row.load(record)) json.add(row);
        };
        const alone = (each: SnapshotReader): string => {
          const lines = new JsonLines<SnapshotRow>(columns);
          lines.add(each);
          return lines.out.take().toString('latin1');
        };
        compare(lines, add, () => json.out.take(), rowsAlone(alone));
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    { all: false, clean: false },
    { all: true, clean: false },
    { all: false, clean: true },
    { all: true, clean: true },
  ])("writes csvtool's table as if each row were alone: %o", (choice) => {
    fc.assert(
      fc.property(changingLines, (lines) => {
        const table = openCsvtoolTable(choice);
        const out = new CsvWriter();
        let metadata: ArchivedRecord['metadata'];
        const alone = (record: ArchivedRecord): string => {
          const single = openCsvtoolTable(choice);
          const csv = new CsvWriter();
          if (metadata !== undefined) single.writeRow({ timestamp: record.timestamp, metadata }, new CsvWriter());
          metadata = record.metadata ?? metadata;
          single.writeRow(record, csv);
          return csv.take().toString('latin1');
        };
        compare(
          lines,
          (record) => table.writeRow(record, out),
          () => out.take(),
          alone,
        );
      }),
      { numRuns: 300 },
    );
  });
});
