import type { Metadata } from '../../parse/index.js';
import { timestampToNs } from '../../parse/index.js';
import type { Column, ColumnType, ColumnValue } from '../columns/index.js';

/** Archive with the metadata of its first line. */
export interface ArchiveRow {
  readonly path: string;
  readonly metadata: Metadata | undefined;
}

type Spec = readonly [name: string, type: ColumnType, description: string, read: (row: ArchiveRow) => ColumnValue];

const SPECS: readonly Spec[] = [
  ['uuid', 'string', 'UUID of the connection', ({ metadata }) => metadata?.uuid ?? null],
  ['sequence', 'int64', 'Number of the archive among those of its connection', (row) => row.metadata?.sequence ?? null],
  ['start_time', 'timestamp', 'Time of the connection’s first sight', ({ metadata }) => timeOf(metadata?.startTime)],
  ['netns_inode', 'int64', 'Inode of the network namespace', ({ metadata }) => metadata?.netns?.inode ?? null],
  ['netns_name', 'string', 'Name of the network namespace', ({ metadata }) => metadata?.netns?.name ?? null],
  ['path', 'string', 'Path of the archive', ({ path }) => path],
  ['kernel', 'string', 'uname -r of the collector’s machine', (row) => row.metadata?.provenance?.kernel ?? null],
  [
    'interval_ns',
    'int64',
    'Interval of the collector’s scans',
    ({ metadata }) => metadata?.provenance?.intervalNs ?? null,
  ],
  ['host', 'string', 'Host name of the collector’s machine', ({ metadata }) => metadata?.provenance?.host ?? null],
  ['first_seen', 'string', 'First sight: scan or destroy', ({ metadata }) => metadata?.provenance?.firstSeen ?? null],
];

/** Columns of the table with one row per archive, from its first line. */
export const METADATA_COLUMNS: readonly Column<ArchiveRow>[] = SPECS.map(([name, type, description, read]) => ({
  name,
  group: 'metadata',
  type,
  description,
  read,
}));

function timeOf(text: string | undefined): bigint | null {
  return text === undefined ? null : (timestampToNs(text) ?? null);
}
