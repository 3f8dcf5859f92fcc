import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clipText, clipTextFront, letterWidth, textTable, textWidth } from '../../../view/chart/index.js';

/** Texts of all kinds of letters. */
const TEXT = fc.string({
  unit: fc.constantFrom('a', '7', ' ', '數', '가', 'é', 'e\u0301', '\u0301', '🙂', '…', '\u00a0'),
});

describe('the width of letters', () => {
  it.each([
    ['a', 1],
    ['µ', 1],
    ['…', 1],
    ['█', 1],
    ['數', 2],
    ['가', 2],
    ['Ａ', 2],
    ['🙂', 2],
    ['\u0301', 0],
    ['\u20dd', 0],
    ['\ufe0f', 0],
  ] as const)('of %j is %i', (letter, width) => {
    expect(letterWidth(letter)).toBe(width);
    expect(textWidth(`a${letter}`)).toBe(1 + width);
  });

  it('bounds a clipped text, which is the longest that fits', () => {
    fc.assert(
      fc.property(TEXT, fc.integer({ min: 0, max: 20 }), (text, columns) => {
        const front = clipText(text, columns);
        expect(text.startsWith(front)).toBe(true);
        expect(textWidth(front)).toBeLessThanOrEqual(columns);
        const [next = ''] = text.slice(front.length);
        if (next !== '') expect(textWidth(front + next)).toBeGreaterThan(columns);
        const back = clipTextFront(text, columns);
        expect(text.endsWith(back)).toBe(true);
        expect(textWidth(back)).toBeLessThanOrEqual(columns);
        if (back !== '') expect(letterWidth([...back][0] ?? '')).toBeGreaterThan(0);
      }),
    );
  });

  it('aligns a table with wide letters and combining marks', () => {
    const columns = [
      { title: 'name', align: 'left', least: 6 },
      { title: 'n', align: 'right' },
    ] as const;
    const style = { width: 12, unicode: true, paint: (_: string, text: string) => text };
    const lines = textTable(
      columns,
      [
        ['數據庫服務', '1'],
        ['cafe\u0301', '12'],
      ],
      style,
    );
    expect(lines).toEqual(['name       n', '數據庫…    1', 'cafe\u0301      12']);
    for (const line of lines) expect(textWidth(line)).toBe(12);
  });
});
