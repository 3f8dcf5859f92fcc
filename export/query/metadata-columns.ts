import type { Metadata } from '../../parse/index.js';
import { timestampToNs } from '../../parse/index.js';
import type { Column, ColumnType, ColumnValue } from '../columns/column.js';

/** An archive and what its first line says. */
export interface ArchiveRow {
  readonly path: string;
  readonly metadata: Metadata | undefined;
}

type Spec = readonly [name: string, type: ColumnType, description: string, read: (row: ArchiveRow) => ColumnValue];

const SPECS: readonly Spec[] = [
  ['uuid', 'string', 'The connection', ({ metadata }) => metadata?.uuid ?? null],
  ['sequence', 'int64', 'Number of the archive among those of its connection', (row) => row.metadata?.sequence ?? null],
  ['start_time', 'timestamp', 'When the connection was first seen', ({ metadata }) => timeOf(metadata?.startTime)],
  ['netns_inode', 'int64', 'Inode of its network namespace', ({ metadata }) => metadata?.netns?.inode ?? null],
  ['netns_name', 'string', 'Name of that namespace', ({ metadata }) => metadata?.netns?.name ?? null],
  ['path', 'string', 'The archive', ({ path }) => path],
  ['kernel', 'string', 'uname -r of the collector’s machine', (row) => row.metadata?.provenance?.kernel ?? null],
  ['interval_ns', 'int64', 'The collector’s beat', ({ metadata }) => metadata?.provenance?.intervalNs ?? null],
  ['host', 'string', 'The collector’s machine', ({ metadata }) => metadata?.provenance?.host ?? null],
  ['first_seen', 'string', 'scan or destroy', ({ metadata }) => metadata?.provenance?.firstSeen ?? null],
];

/** One row an archive: what its first line says of it. */
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
