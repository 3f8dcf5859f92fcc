import { atWorkGoodput, atWorkUs, type ConnectionRow, isSlow } from '../analysis/index.js';
import type { FlagDefinition } from '../expression/index.js';
import type { RowField } from './row-field.js';

const SLOW = 'At work for a second or more, and held up for half of that by the path, the reader, a buffer or pacing';

/**
 * Returns the fields that rank slow connections, as the list of a summary does: the time at work, and the rate in it.
 * @param workUs reader of the time at work that is faster than `connection`
 */
export function workFields<Row>(
  connection: (row: Row) => ConnectionRow,
  workUs: (row: Row) => number = (row) => atWorkUs(connection(row)),
): readonly RowField<Row>[] {
  return [
    {
      part: 'connection',
      name: 'atWorkUs',
      aliases: ['work'],
      type: 'duration',
      unit: 'us',
      description: 'Time at work: with data to move, and without waiting for the peer’s answer',
      read: workUs,
    },
    {
      part: 'connection',
      name: 'atWorkGoodputBytesPerSec',
      type: 'rate',
      unit: 'B/s',
      description: 'Bytes acknowledged while it was recorded, divided by the time at work; null without such a time',
      read: (row) => atWorkGoodput(connection(row)),
    },
    { part: 'connection', name: 'slow', type: 'boolean', description: SLOW, read: (row) => isSlow(connection(row)) },
  ];
}

/** Returns the flag of slow connections. */
export function slowFlag<Row>(connection: (row: Row) => ConnectionRow): FlagDefinition<Row> {
  return { name: 'slow', description: SLOW, read: (row) => isSlow(connection(row)) };
}
