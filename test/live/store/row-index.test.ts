import { describe, expect, it } from 'vitest';
import type { LiveRow } from '../../../live/store/live-row.js';
import { RowIndex } from '../../../live/store/row-index.js';

function row(key: string): LiveRow {
  return { key, identity: { uuid: key.slice(0, key.indexOf('@')) } } as LiveRow;
}

describe('RowIndex', () => {
  it('has the rows of a UUID, oldest first, until they are deleted', () => {
    const index = new RowIndex();
    const [first, second, third, other] = [row('a_1@1'), row('a_1@2'), row('a_1@3'), row('b_1@1')];
    for (const each of [first, second, third, other]) index.add(each);
    expect(index.of('a_1')).toEqual([first, second, third]);
    expect(index.get('a_1@2')).toBe(second);
    index.delete(second);
    expect(index.of('a_1')).toEqual([first, third]);
    index.delete(first);
    index.delete(third);
    expect(index.of('a_1')).toEqual([]);
    expect([...index.values()]).toEqual([other]);
    expect(index.size).toBe(1);
  });

  it('keeps a row whose key another row had', () => {
    const index = new RowIndex();
    const [old, young] = [row('a_1@1'), row('a_1@1')];
    index.add(old);
    index.add(young);
    index.delete(old);
    expect([index.has(old), index.has(young)]).toEqual([false, true]);
    expect(index.of('a_1')).toEqual([young]);
  });
});
