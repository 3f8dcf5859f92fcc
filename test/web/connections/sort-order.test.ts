import { describe, expect, it } from 'vitest';
import { ROW_FIELDS } from '../../../live/store/index.js';
import { type Column, Columns, RowFields } from '../../../view/rows/index.js';
import {
  addColumnToSort,
  formatSort,
  parseSort,
  reverseSort,
  sortByColumn,
  sortByNext,
} from '../../../web/connections/sort-order.js';

const FIELDS = new RowFields(ROW_FIELDS);
const COLUMNS = new Columns(FIELDS);

function column(name: string): Column {
  const found = COLUMNS.find(name);
  if (found === undefined) throw new RangeError(`no column ${name}`);
  return found;
}

describe('the order of the table', () => {
  it('is read with short names, and written with full ones', () => {
    expect(formatSort(parseSort('-rtt, uuid,nonsense', FIELDS))).toBe('-now.rttUs,uuid');
    expect(parseSort('', FIELDS)).toEqual([]);
  });

  it('goes with each click on a title: by the column, reversed, the usual one', () => {
    let keys = sortByColumn([], column('rtt'));
    const texts = [formatSort(keys)];
    for (let i = 0; i < 3; i++) {
      keys = sortByColumn(keys, column('rtt'));
      texts.push(formatSort(keys));
    }
    expect(texts).toEqual(['-now.rttUs', 'now.rttUs', '', '-now.rttUs']);
    expect(formatSort(sortByColumn(keys, column('process')))).toBe('process.command');
  });

  it('has up to three fields by clicks with Shift', () => {
    let keys = sortByColumn([], column('state'));
    for (const name of ['rtt', 'age', 'send']) keys = addColumnToSort(keys, column(name));
    expect(formatSort(keys)).toBe('-now.rttUs,-ageUs,-now.sendThroughputBytesPerSec');
    keys = addColumnToSort(keys, column('age'));
    expect(formatSort(keys)).toBe('-now.rttUs,ageUs,-now.sendThroughputBytesPerSec');
    keys = addColumnToSort(keys, column('age'));
    expect(formatSort(keys)).toBe('-now.rttUs,-now.sendThroughputBytesPerSec');
  });

  it('goes to the next and previous column by keys, and is reversed in its first field', () => {
    const columns = [column('process'), column('rtt')];
    const first = sortByNext([], columns, 1);
    expect(formatSort(first)).toBe('process.command');
    expect(formatSort(sortByNext(first, columns, 1))).toBe('-now.rttUs');
    expect(formatSort(sortByNext(first, columns, -1))).toBe('');
    expect(formatSort(sortByNext([], columns, -1))).toBe('-now.rttUs');
    expect(formatSort(reverseSort(parseSort('-rtt,uuid', FIELDS)))).toBe('now.rttUs,uuid');
  });
});
