import type { ArchivedRecord } from '../parse/index.js';
import type { Column } from './columns/column.js';
import { IDENTITY_COLUMNS } from './columns/identity-columns.js';
import { SNAPSHOT_COLUMNS } from './columns/snapshot-columns.js';
import { csvColumns } from './csv-columns.js';
import { type CsvColumn, writeCsvHeader, writeCsvRow } from './csv-table.js';
import type { CsvWriter } from './csv-writer.js';
import { REFERENCE_COLUMNS } from './reference-columns.js';
import { ReferenceRow } from './reference-row.js';
import { SnapshotReader } from './snapshot-reader.js';

/** Which table csvtool makes. A plain value. */
export interface CsvtoolChoice {
  /** Behind the reference's columns, those that it does not have, or has wrong, under the kernel's names. */
  readonly all: boolean;
  /** Without the reference's oddities. */
  readonly clean: boolean;
}

/** A table that takes record after record, archive after archive. */
export interface CsvtoolTable {
  /** Writes the header. */
  readonly writeHeader: (out: CsvWriter) => void;
  /** Begins an archive: no metadata line of another is meant any more. */
  readonly begin: () => void;
  /** Writes a record's row, if it has one. @throws DecodeError when the record is none; then nothing was written */
  readonly writeRow: (record: ArchivedRecord, out: CsvWriter) => void;
}

/** Makes csvtool's table. Without choices it is the reference's, byte for byte. */
export function openCsvtoolTable({ all, clean }: CsvtoolChoice): CsvtoolTable {
  if (clean) return cleanTable(all ? [...CLEAN_COLUMNS, ...csvColumns(NEWER_COLUMNS)] : CLEAN_COLUMNS);
  const row = new ReferenceRow();
  const reference: CsvtoolTable = {
    writeHeader: (out) => writeCsvHeader(REFERENCE_COLUMNS, out),
    begin: () => undefined,
    writeRow: (record, out) => {
      row.load(record);
      writeCsvRow(REFERENCE_COLUMNS, row, out);
    },
  };
  return all ? withNewer(row) : reference;
}

/** Where the reference reads it otherwise than it is, or only a part of it. */
const READ_WRONG = [
  'idiag_src',
  'idiag_dst',
  'idiag_if',
  'class_id',
  'tcpi_snd_wscale',
  'tcpi_delivery_rate_app_limited',
];

const KNOWN = REFERENCE_COLUMNS.map(({ column }) => column);

/** Ours that the reference does not have, or has wrong. */
const NEWER: readonly Column[] = SNAPSHOT_COLUMNS.filter(
  ({ name }) => !KNOWN.includes(name) || READ_WRONG.includes(name),
);

/** The same, but for those that the clean table has right under the reference's names. */
const NEWER_COLUMNS: readonly Column[] = NEWER.filter(
  ({ name }) => !READ_WRONG.includes(name) && name !== 'tcpi_rcv_wscale',
);

/** Names that are slips, or no longer fit, in the clean table. */
const CLEAN_NAMES: Readonly<Record<string, string>> = {
  tcpi_last_ack_recv: 'TCP.LastAckRecv',
  skmem_sndbuf: 'SKMemInfo.Sndbuf',
  tcpi_snd_wscale: 'TCP.SndWScale',
  tcpi_rcv_wscale: 'TCP.RcvWScale',
};

/** The reference's columns but for the two of bits, with our values. */
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
  return {
    writeHeader: (out) => writeCsvHeader(columns, out),
    begin: () => row.begin(''),
    writeRow: (record, out) => {
      if (row.load(record)) writeCsvRow(columns, row, out);
    },
  };
}

function withNewer(reference: ReferenceRow): CsvtoolTable {
  const row = new SnapshotReader();
  const newer: readonly CsvColumn<SnapshotReader>[] = csvColumns(NEWER);
  // Of a metadata line there is nothing but whose it is.
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
