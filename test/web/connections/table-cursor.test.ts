import { describe, expect, it } from 'vitest';
import { TableCursor } from '../../../web/connections/table-cursor.js';

/** Creates rows; those of some indexes are known. */
function rows(count: number, known: string, offset = 0) {
  return {
    count,
    keyAt: (index: number) => known[index - offset],
    indexOf: (key: string) => (known.includes(key) ? offset + known.indexOf(key) : -1),
  };
}

describe('the selected row', () => {
  it('begins with the first visible one, and stays within the rows', () => {
    const cursor = new TableCursor();
    cursor.move(1, rows(4, 'abcd'), 2);
    expect([cursor.index, cursor.key]).toEqual([2, 'c']);
    cursor.move(10, rows(4, 'abcd'), 2);
    expect([cursor.index, cursor.key]).toEqual([3, 'd']);
    cursor.move(-10, rows(4, 'abcd'), 2);
    expect([cursor.index, cursor.key]).toEqual([0, 'a']);
    expect(new TableCursor().isSet).toBe(false);
  });

  it('stays with its connection when the order changes', () => {
    const cursor = new TableCursor();
    cursor.select(1, rows(3, 'abc'));
    cursor.settle(rows(3, 'bca'));
    expect([cursor.index, cursor.key]).toEqual([0, 'b']);
  });

  it('is given up when its connection has left the known rows', () => {
    const cursor = new TableCursor();
    cursor.select(1, rows(3, 'abc'));
    cursor.settle(rows(3, 'xyz'));
    expect(cursor.isSet).toBe(false);
  });

  it('is found once its row is known', () => {
    const cursor = new TableCursor();
    cursor.select(1000, rows(5000, 'abc'));
    expect([cursor.index, cursor.key]).toEqual([1000, undefined]);
    cursor.settle(rows(5000, 'wxyz', 999));
    expect([cursor.index, cursor.key]).toEqual([1000, 'x']);
    // Scrolled away: the row is selected, although it is not known now.
    cursor.settle(rows(5000, 'abc'));
    expect([cursor.index, cursor.key]).toEqual([1000, 'x']);
  });
});
