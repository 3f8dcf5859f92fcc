import { describe, expect, it } from 'vitest';
import { Screen, smallFrame } from '../../../view/top/index.js';

function texts(columns: number, rows: number): string[] | undefined {
  const frame = smallFrame(columns, rows);
  if (frame === undefined) return undefined;
  const screen = new Screen(columns, rows, frame.lines);
  return Array.from({ length: rows }, (_, row) => screen.rowText(row));
}

describe('a screen that is too small', () => {
  it('says so, how large it must be, and how to leave', () => {
    expect(texts(19, 24)?.slice(0, 4)).toEqual(['Too small: 19x24,', 'needs 20x6. q quits', '', '']);
    expect(texts(80, 5)?.slice(0, 2)).toEqual(['Too small: 80x5, needs 20x6. q quits', '']);
    expect(texts(2, 2)).toEqual(['To', '2x']);
    expect(texts(9, 3)).toEqual(['Too small', '9x3, need', '20x6. q']);
  });

  it('fills the screen at any size from 1 x 1', () => {
    for (let columns = 1; columns < 20; columns++) {
      for (let rows = 1; rows < 30; rows++) {
        const lines = texts(columns, rows);
        expect(lines?.[0]).toMatch(/^T/);
        expect(lines).toHaveLength(rows);
      }
    }
  });

  it('does not exist from 20 x 6', () => {
    expect(texts(20, 6)).toBeUndefined();
    expect(texts(20, 5)).toBeDefined();
  });
});
