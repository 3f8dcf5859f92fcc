import type { CsvColumn } from './csv-table.js';
import { REFERENCE_COLUMNS } from './reference-columns.js';
import { type ReferenceRow, ReferenceStruct } from './reference-row.js';

/** A value of a snapshot as M-Lab's tables have it. */
export interface EtlField {
  /** The key. */
  readonly name: string;
  /** BigQuery's type. */
  readonly type: 'TIMESTAMP' | 'INTEGER' | 'STRING';
  /** Writes the value. */
  readonly cell: CsvColumn<ReferenceRow>['cell'];
}

/** A record within the snapshot. */
export interface EtlStruct {
  /** The key. */
  readonly name: string;
  /** Which one it is in a row. */
  readonly index: ReferenceStruct;
  readonly fields: readonly EtlField[];
}

/** The reference's columns begin so; its Go structs are called so. In the order of the Go struct. */
const STRUCTS: readonly (readonly [prefix: string, name: string, index: ReferenceStruct])[] = [
  ['IDM.', 'InetDiagMsg', ReferenceStruct.inetDiagMsg],
  ['TCP.', 'TCPInfo', ReferenceStruct.tcpInfo],
  ['MemInfo.', 'MemInfo', ReferenceStruct.memInfo],
  ['SKMemInfo.', 'SocketMem', ReferenceStruct.skMemInfo],
  ['Vegas.', 'VegasInfo', ReferenceStruct.vegasInfo],
  ['DCTCP.', 'DCTCPInfo', ReferenceStruct.dctcpInfo],
  ['BBR.', 'BBRInfo', ReferenceStruct.bbrInfo],
];

/** Where the CSV's name is a slip and the Go name is not, by the column's place among those of the name. */
const SLIPS: Readonly<Record<string, readonly string[]>> = {
  'TCP.LastDataRecv': ['LastDataRecv', 'LastAckRecv'],
  'SKMemInfo.Sndbug': ['Sndbuf'],
};

function goName(column: string, prefix: string, occurrence: number): string {
  const name = SLIPS[column]?.[occurrence] ?? column.slice(prefix.length);
  return prefix === 'IDM.' ? `IDiag${name}` : name;
}

/** What of a snapshot lies at its top: time, bits of what there is, and the attributes of one value. */
export const ETL_FIELDS: readonly EtlField[] = REFERENCE_COLUMNS.filter(({ name }) => !name.includes('.')).map(
  ({ name, cell }) => ({
    name,
    type: name === 'Timestamp' ? 'TIMESTAMP' : name === 'CongestionAlgorithm' ? 'STRING' : 'INTEGER',
    cell,
  }),
);

/** The structs of a snapshot. The socket's id is not in any: it is `a.SockID`. */
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
