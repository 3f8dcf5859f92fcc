import type { Archive } from '../../../archive/input/index.js';
import {
  type Column,
  CsvRows,
  CsvWriter,
  csvColumns,
  EtlRows,
  JsonLines,
  type SnapshotRow,
  writeCsvHeader,
} from '../../../export/index.js';

/** Options for opening a format. */
export interface FormatOptions {
  readonly columns: readonly Column[];
  /** True to write a header, if the format has one. */
  readonly header: boolean;
  /** Version of this program. */
  readonly version: string;
  /** Time of the run, RFC 3339. */
  readonly now: string;
}

/** Converts rows to bytes, which the caller takes as they come. */
export interface RowSink {
  /** Starts an archive. */
  begin?(archive: Archive): void;
  /** Takes a row, valid only during the call. */
  add(row: SnapshotRow): void;
  /** Ends the archive. */
  end?(): void;
  /** Buffer of the bytes. */
  readonly out: { readonly length: number; take(): Buffer };
}

/** Output format of `tcp-info export`. */
export interface ExportFormat {
  readonly name: string;
  /** Description for the help. */
  readonly help: string;
  /** True if columns can be selected, derived and thinned; false if the format defines its rows. */
  readonly hasColumns: boolean;
  /** Opens the format; absent if it writes a folder of files rather than bytes: see parquet.ts. */
  readonly open?: (options: FormatOptions) => RowSink;
}

/** All formats, in the order of the help. */
export const FORMATS: readonly ExportFormat[] = [
  {
    name: 'csv',
    help: 'a header and a line for each snapshot',
    hasColumns: true,
    open: ({ columns, header }) => openCsv(columns, header),
  },
  {
    name: 'jsonl',
    help: 'a JSON object for each snapshot; absent keys have no value, null is the kernel’s "none"',
    hasColumns: true,
    open: ({ columns }) => {
      const lines = new JsonLines<SnapshotRow>(columns);
      return { add: (row) => lines.add(row), out: lines.out };
    },
  },
  {
    name: 'parquet',
    help: 'a folder of Parquet files by day, date=YYYY-MM-DD/…, set by --output; needs DuckDB',
    hasColumns: true,
  },
  {
    name: 'etl',
    help: 'a JSON object for each archive, as the rows of M-Lab’s BigQuery tables',
    hasColumns: false,
    open: ({ version, now }) => {
      const rows = new EtlRows({ version, time: now });
      return {
        begin: (archive) => rows.begin(archive),
        add: (row) => rows.add(row),
        end: () => rows.end(),
        out: rows.out,
      };
    },
  },
];

function openCsv(columns: readonly Column[], header: boolean): RowSink {
  const cells = csvColumns(columns);
  const out = new CsvWriter();
  if (header) writeCsvHeader(cells, out);
  const rows = new CsvRows(cells, out);
  return { add: (row) => rows.add(row, row.record, row.metadata), out };
}
