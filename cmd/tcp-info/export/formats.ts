import {
  type Column,
  CsvWriter,
  csvColumns,
  EtlRows,
  JsonLines,
  type SnapshotRow,
  writeCsvHeader,
  writeCsvRow,
} from '../../../export/index.js';
import type { Archive } from '../../../input/index.js';

/** What a format is opened with. */
export interface FormatOptions {
  readonly columns: readonly Column[];
  /** Whether there is a header, of a format that has one. */
  readonly header: boolean;
  /** Version of this program. */
  readonly version: string;
  /** When it runs, RFC 3339. */
  readonly now: string;
}

/** Takes rows and makes bytes of them, which are taken from it as they come. */
export interface RowSink {
  /** Begins an archive. */
  begin?(archive: Archive): void;
  /** Takes a row, which is valid until it returns. */
  add(row: SnapshotRow): void;
  /** Ends the archive. */
  end?(): void;
  /** Where the bytes wait. */
  readonly out: { readonly length: number; take(): Buffer };
}

/** An output of `tcp-info export`. */
export interface ExportFormat {
  readonly name: string;
  /** For the help. */
  readonly help: string;
  /** Whether columns can be chosen, derived and thinned: not where the format says what is in a row. */
  readonly hasColumns: boolean;
  /** Absent where what is written is a folder of files and not bytes: see parquet.ts. */
  readonly open?: (options: FormatOptions) => RowSink;
}

/** Every format, in the order of the help. */
export const FORMATS: readonly ExportFormat[] = [
  {
    name: 'csv',
    help: 'a header and a line for each snapshot',
    hasColumns: true,
    open: ({ columns, header }) => openCsv(columns, header),
  },
  {
    name: 'jsonl',
    help: 'a JSON object for each snapshot; keys without a value are left out, null is the kernel’s "none"',
    hasColumns: true,
    open: ({ columns }) => {
      const lines = new JsonLines<SnapshotRow>(columns);
      return { add: (row) => lines.add(row), out: lines.out };
    },
  },
  {
    name: 'parquet',
    help: 'a folder of Parquet files by day, date=YYYY-MM-DD/…, which --output names; needs DuckDB',
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
  return { add: (row) => writeCsvRow(cells, row, out), out };
}
