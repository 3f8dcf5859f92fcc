import type { CsvColumn } from './csv-table.js';
import { REFERENCE_COLUMNS } from './reference-columns.js';
import { type ReferenceRow, ReferenceStruct } from './reference-row.js';

/** Field of a snapshot in M-Lab's tables. */
export interface EtlField {
  /** Key of the field. */
  readonly name: string;
  /** Type in BigQuery. */
  readonly type: 'TIMESTAMP' | 'INTEGER' | 'STRING';
  /** Writes the value. */
  readonly cell: CsvColumn<ReferenceRow>['cell'];
}

/** Nested record in a snapshot. */
export interface EtlStruct {
  /** Key of the record. */
  readonly name: string;
  /** Index of the struct in a row. */
  readonly index: ReferenceStruct;
  readonly fields: readonly EtlField[];
}

/** Column prefixes and Go names of the reference's structs, in the order of the Go struct. */
const STRUCTS: readonly (readonly [prefix: string, name: string, index: ReferenceStruct])[] = [
  ['IDM.', 'InetDiagMsg', ReferenceStruct.inetDiagMsg],
  ['TCP.', 'TCPInfo', ReferenceStruct.tcpInfo],
  ['MemInfo.', 'MemInfo', ReferenceStruct.memInfo],
  ['SKMemInfo.', 'SocketMem', ReferenceStruct.skMemInfo],
  ['Vegas.', 'VegasInfo', ReferenceStruct.vegasInfo],
  ['DCTCP.', 'DCTCPInfo', ReferenceStruct.dctcpInfo],
  ['BBR.', 'BBRInfo', ReferenceStruct.bbrInfo],
];

/** Go names for misspelt CSV columns, by the column's position among those of the same name. */
const SLIPS: Readonly<Record<string, readonly string[]>> = {
  'TCP.LastDataRecv': ['LastDataRecv', 'LastAckRecv'],
  'SKMemInfo.Sndbug': ['Sndbuf'],
};

function goName(column: string, prefix: string, occurrence: number): string {
  const name = SLIPS[column]?.[occurrence] ?? column.slice(prefix.length);
  return prefix === 'IDM.' ? `IDiag${name}` : name;
}

/** Fields at the top of a snapshot: time, bits of present attributes, and attributes with one value. */
export const ETL_FIELDS: readonly EtlField[] = REFERENCE_COLUMNS.filter(({ name }) => !name.includes('.')).map(
  ({ name, cell }) => ({
    name,
    type: name === 'Timestamp' ? 'TIMESTAMP' : name === 'CongestionAlgorithm' ? 'STRING' : 'INTEGER',
    cell,
  }),
);

/** Structs of a snapshot. They do not include the socket's id, which is `a.SockID`. */
export const ETL_STRUCTS: readonly EtlStruct[] = STRUCTS.map(([prefix, name, index]) => ({
  name,
  index,
  fields: REFERENCE_COLUMNS.filter((column) => column.name.startsWith(prefix) && !column.name.includes('SockID')).map(
    (column, i, all) => {
      const occurrence = all.slice(0, i).filter((before) => before.name === column.name).length;
      return { name: goName(column.name, prefix, occurrence), type: 'INTEGER', cell: column.cell };
    },
  ),
}));
