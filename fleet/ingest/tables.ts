import { CONNECTION_COLUMNS, type ColumnType } from '../../export/columns/index.js';
import type { FrameKind } from '../wire/index.js';

/** Column of a table, and its value in SQL from the values of a line. */
export interface TableColumn {
  readonly name: string;
  /** Type in the line. */
  readonly lineType: string;
  readonly value: string;
}

/** Table of files. */
export interface Table {
  /** Name of its folder. */
  readonly folder: string;
  readonly columns: readonly TableColumn[];
  /** Columns by which rows of a file are ordered. */
  readonly order: string;
}

const LINE_TYPES: Readonly<Record<ColumnType, string>> = {
  string: 'VARCHAR',
  bool: 'BOOLEAN',
  int32: 'INTEGER',
  int64: 'BIGINT',
  double: 'DOUBLE',
  timestamp: 'BIGINT',
};

const plain = (name: string, lineType: string): TableColumn => ({ name, lineType, value: `"${name}"` });
/** Times are integers of nanoseconds in lines, and microseconds in files. */
const time = (name: string): TableColumn => ({
  name,
  lineType: 'BIGINT',
  value: `make_timestamptz("${name}" // 1000)`,
});
const ORIGIN: readonly TableColumn[] = [plain('cluster', 'VARCHAR'), plain('node', 'VARCHAR')];

const CONNECTIONS: readonly TableColumn[] = [
  ...ORIGIN,
  plain('cause', 'VARCHAR'),
  ...CONNECTION_COLUMNS.map(({ name, type }) => (type === 'timestamp' ? time(name) : plain(name, LINE_TYPES[type]))),
];

/** Tables by kind of frames. Snapshots have no table: they stay lines of archives. */
export const TABLES: Readonly<Record<Exclude<FrameKind, 's'>, Table>> = {
  c: { folder: 'connections', columns: CONNECTIONS, order: 'cluster, node, start_time' },
  o: { folder: 'open', columns: CONNECTIONS, order: 'cluster, node, start_time' },
  l: {
    folder: 'losses',
    columns: [
      ...ORIGIN,
      plain('kind', 'VARCHAR'),
      plain('rows', 'BIGINT'),
      plain('reason', 'VARCHAR'),
      time('since'),
      time('until'),
      // Of rows that ingest adds for frames that never came.
      plain('epoch', 'VARCHAR'),
      plain('frames', 'BIGINT'),
    ],
    order: 'cluster, node, since',
  },
};

/** Folder of snapshots. */
export const SNAPSHOT_FOLDER = 'snapshots';
