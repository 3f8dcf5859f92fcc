import type { ArchivedRecord } from '../parse/index.js';
import type { Column } from './columns/index.js';
import { IDENTITY_COLUMNS, SNAPSHOT_COLUMNS } from './columns/index.js';
import { csvColumns } from './csv-columns.js';
import { type CsvColumn, CsvRows, writeCsvHeader, writeCsvRow } from './csv-table.js';
import type { CsvWriter } from './csv-writer.js';
import { REFERENCE_COLUMNS } from './reference-columns.js';
import { ReferenceRow } from './reference-row.js';
import { SnapshotReader } from './snapshot-reader.js';

/** Options of csvtool's table. A plain value. */
export interface CsvtoolChoice {
  /** Appends the columns that the reference lacks or reads wrongly, under the kernel's names. */
  readonly all: boolean;
  /** Leaves out the reference's oddities. */
  readonly clean: boolean;
}

/** Table that accepts records of one archive after another. */
export interface CsvtoolTable {
  /** Writes the header. */
  readonly writeHeader: (out: CsvWriter) => void;
  /** Begins an archive: the metadata line of the previous one no longer applies. */
  readonly begin: () => void;
  /**
   * Writes the row of a record, if it has one.
   * @throws DecodeError for an invalid record; nothing is written then
   */
  readonly writeRow: (record: ArchivedRecord, out: CsvWriter) => void;
}

/** Opens csvtool's table. Without options it equals the reference's, byte for byte. */
export function openCsvtoolTable({ all, clean }: CsvtoolChoice): CsvtoolTable {
  if (clean) return cleanTable(all ? [...CLEAN_COLUMNS, ...csvColumns(NEWER_COLUMNS)] : CLEAN_COLUMNS);
  const row = new ReferenceRow();
  const rowsTo = rowWriter(REFERENCE_COLUMNS);
  const reference: CsvtoolTable = {
    writeHeader: (out) => writeCsvHeader(REFERENCE_COLUMNS, out),
    begin: () => undefined,
    writeRow: (record, out) => {
      row.load(record);
      rowsTo(out).add(row, record, undefined);
    },
  };
  return all ? withNewer(row) : reference;
}

/** Returns a function that returns the writer of rows for an output: a new one for each other output. */
function rowWriter<Row>(columns: readonly CsvColumn<Row>[]): (out: CsvWriter) => CsvRows<Row> {
  let rows: CsvRows<Row> | undefined;
  return (out) => {
    if (rows?.out !== out) rows = new CsvRows(columns, out);
    return rows;
  };
}

/** Columns that the reference reads wrongly or only in part. */
const READ_WRONG = [
  'idiag_src',
  'idiag_dst',
  'idiag_if',
  'class_id',
  'tcpi_snd_wscale',
  'tcpi_delivery_rate_app_limited',
];

const KNOWN = REFERENCE_COLUMNS.map(({ column }) => column);

/** Our columns that the reference lacks or reads wrongly. */
const NEWER: readonly Column[] = SNAPSHOT_COLUMNS.filter(
  ({ name }) => !KNOWN.includes(name) || READ_WRONG.includes(name),
);

/** Columns of {@link NEWER} that the clean table does not already have under the reference's names. */
const NEWER_COLUMNS: readonly Column[] = NEWER.filter(
  ({ name }) => !READ_WRONG.includes(name) && name !== 'tcpi_rcv_wscale',
);

/** Corrected names in the clean table, for misspelt names and for a column that was split. */
const CLEAN_NAMES: Readonly<Record<string, string>> = {
  tcpi_last_ack_recv: 'TCP.LastAckRecv',
  skmem_sndbuf: 'SKMemInfo.Sndbuf',
  tcpi_snd_wscale: 'TCP.SndWScale',
  tcpi_rcv_wscale: 'TCP.RcvWScale',
};

/** Columns of the reference with our values, without the two bit sets. */
const CLEAN_COLUMNS: readonly CsvColumn<SnapshotReader>[] = csvColumns(
  REFERENCE_COLUMNS.flatMap(({ name, column }) => {
    if (column === undefined) return [];
    const names = column === 'tcpi_snd_wscale' ? ['tcpi_snd_wscale', 'tcpi_rcv_wscale'] : [column];
    return names.map((each) => ({ ...snapshotColumn(each), name: CLEAN_NAMES[each] ?? name }));
  }),
);

function snapshotColumn(name: string): Column {
  const column = SNAPSHOT_COLUMNS.find((candidate) => candidate.name === name);
  if (column === undefined) throw new TypeError(`no column ${name}`);
  return column;
}

function cleanTable(columns: readonly CsvColumn<SnapshotReader>[]): CsvtoolTable {
  const row = new SnapshotReader();
  const rowsTo = rowWriter(columns);
  return {
    writeHeader: (out) => writeCsvHeader(columns, out),
    begin: () => row.begin(''),
    writeRow: (record, out) => {
      if (row.load(record)) rowsTo(out).add(row, record, row.metadata);
    },
  };
}

function withNewer(reference: ReferenceRow): CsvtoolTable {
  const row = new SnapshotReader();
  const newer: readonly CsvColumn<SnapshotReader>[] = csvColumns(NEWER);
  // For a metadata line, only the identity columns have values.
  const ofMetadata = newer.map((column) =>
    IDENTITY_COLUMNS.some(({ name }) => name === column.name) ? column : { ...column, cell: () => undefined },
  );
  return {
    writeHeader: (out) => writeCsvHeader<never>([...REFERENCE_COLUMNS, ...newer], out),
    begin: () => row.begin(''),
    writeRow: (record, out) => {
      reference.load(record);
      const isSnapshot = row.load(record);
      for (const { cell } of REFERENCE_COLUMNS) {
        cell(reference, out);
        out.endField();
      }
      writeCsvRow(isSnapshot ? newer : ofMetadata, row, out);
    },
  };
}
