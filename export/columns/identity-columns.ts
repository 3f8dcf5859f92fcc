import { formatTimestamp, ZERO_TIMESTAMP } from '../../parse/index.js';
import type { RecordView } from '../../parse/snapshot/index.js';
import type { Column } from './column.js';
import { FROM_METADATA } from './inputs.js';

const INT64_NS_FIRST = '1677-09-22';
const INT64_NS_LAST = '2262-04-11';

/** Returns whether the record has a time that int64 nanoseconds can hold (1677 to 2262). */
function hasTime(timestamp: string): boolean {
  return timestamp !== ZERO_TIMESTAMP && timestamp >= INT64_NS_FIRST && timestamp < INT64_NS_LAST;
}

/** Pattern of timestamps as tcp-info writes them, which need no conversion. */
const CANONICAL = /^[^.]{19}(?:\.\d{0,8}[1-9])?Z$/;

/** Columns that identify a snapshot: connection, time, archive. */
export const IDENTITY_COLUMNS: readonly Column[] = [
  {
    name: 'uuid',
    group: 'identity',
    type: 'string',
    description:
      'UUID of the connection: prefix of the collector’s boot and cookie of the socket; equal in all of its archives',
    read: ({ metadata }) => metadata?.uuid ?? null,
    inputs: FROM_METADATA,
  },
  {
    name: 'sequence',
    group: 'identity',
    type: 'int64',
    description: 'Number of the archive among those of its connection, from 0',
    read: ({ metadata }) => metadata?.sequence ?? null,
    inputs: FROM_METADATA,
  },
  {
    name: 'timestamp',
    group: 'identity',
    type: 'timestamp',
    description: 'Time of the kernel’s answer; equal in all records of one scan',
    read: ({ view }) => (hasTime(view.timestamp) ? view.timeNs : null),
    text: ({ view }) => utcText(view),
    inLine: ({ view }) => view.canonicalTime,
    time: ({ view }) => view.lineTime,
  },
  {
    name: 'netns_inode',
    group: 'identity',
    type: 'int64',
    description: 'Inode of the connection’s network namespace; null in the collector’s own',
    read: ({ metadata }) => metadata?.netns?.inode ?? null,
    inputs: FROM_METADATA,
  },
  {
    name: 'netns_name',
    group: 'identity',
    type: 'string',
    description:
      'Name of the connection’s network namespace: a name, its path, or pid: and a process; null in the collector’s own',
    read: ({ metadata }) => metadata?.netns?.name ?? null,
    inputs: FROM_METADATA,
  },
];

function utcText(view: RecordView): string | null {
  const { timestamp } = view;
  if (!hasTime(timestamp)) return null;
  return CANONICAL.test(timestamp) ? timestamp : formatTimestamp(view.timeNs);
}
