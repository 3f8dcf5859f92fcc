import { ATTRIBUTE_COLUMNS } from './attribute-columns.js';
import type { Column } from './column.js';
import { IDENTITY_COLUMNS } from './identity-columns.js';
import { SOCKET_COLUMNS } from './socket-columns.js';
import { TCP_COLUMNS } from './tcp-columns.js';
import { ULP_COLUMNS } from './ulp-columns.js';

/** Columns of all known values of a snapshot, in the order of all outputs. Names are unique. */
export const SNAPSHOT_COLUMNS: readonly Column[] = [
  ...IDENTITY_COLUMNS,
  ...SOCKET_COLUMNS,
  ...TCP_COLUMNS,
  ...ATTRIBUTE_COLUMNS,
  ...ULP_COLUMNS,
];

/** Columns about thinning, for thinned rows only. */
export const THINNING_COLUMNS: readonly Column[] = [
  {
    name: 'ordinal',
    group: 'thinning',
    type: 'int64',
    description:
      'Number of the snapshot among all of its connection in the input, from 1, including those left out; in the last row their total',
    read: ({ ordinal }) => ordinal,
  },
  {
    name: 'dropped',
    group: 'thinning',
    type: 'int64',
    unit: 'snapshots',
    description: 'Snapshots that thinning left out between the previous row and this one',
    read: ({ dropped }) => dropped,
  },
];
