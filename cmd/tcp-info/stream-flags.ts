import type { FlagDefinition } from './flag-definition.js';

const STREAM = 'Stream of rows';

/** Flags of the stream of rows for a fleet. */
export const STREAM_FLAGS = [
  {
    name: 'stream.output',
    group: STREAM,
    boolean: false,
    placeholder: 'DIR',
    help: 'Folder, in one that exists, for rows of connections as numbered segments, which another program may carry away. Without it: no stream.',
    fallback: '',
  },
  {
    name: 'stream.kinds',
    group: STREAM,
    boolean: false,
    list: true,
    placeholder: 'KINDS',
    help: 'What to write: c, a row for each connection that ended; o, rows of open ones; s, snapshots. What was lost is always written.',
    fallback: 'c,o,s',
  },
  {
    name: 'stream.every',
    group: STREAM,
    boolean: false,
    placeholder: 'DURATION',
    help: 'Least time between two snapshots of a connection, and its least age, 1s to 10m.',
    fallback: '10s',
  },
  {
    name: 'stream.open-every',
    group: STREAM,
    boolean: false,
    placeholder: 'DURATION',
    help: 'Time between two rows of an open connection that changes, 10s to 24h.',
    fallback: '10m',
  },
  {
    name: 'stream.flush-age',
    group: STREAM,
    boolean: false,
    placeholder: 'DURATION',
    help: 'Longest time that a row waits in memory, where a crash loses it, 1s to 10m.',
    fallback: '10s',
  },
  {
    name: 'stream.max-size',
    group: STREAM,
    boolean: false,
    placeholder: 'SIZE',
    help: 'Most disk space of all segments, at least 1MiB; beyond it the oldest are deleted, snapshots first, and counted.',
    fallback: '1GiB',
  },
  {
    name: 'stream.max-rows',
    group: STREAM,
    boolean: false,
    placeholder: 'COUNT',
    help: 'Most rows of ended connections in a second; those above are counted.',
    fallback: '5000',
  },
  {
    name: 'stream.cluster',
    group: STREAM,
    boolean: false,
    placeholder: 'NAME',
    help: 'Name of the cluster in each row, up to 63 letters, digits and -._.',
    fallback: 'default',
  },
  {
    name: 'stream.node',
    group: STREAM,
    boolean: false,
    placeholder: 'NAME',
    help: 'Name of this machine in each row. Without it: NODE_NAME in the environment, else the host name.',
    fallback: '',
  },
] as const satisfies readonly FlagDefinition[];
