import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ownLetters, printable, sparkline, type TextStyle, textBar, textTable } from '../../../view/chart/index.js';

const PLAIN: TextStyle = { width: 40, unicode: false, paint: (_, text) => text };
const RICH: TextStyle = { ...PLAIN, unicode: true };

describe('a table of text', () => {
  it('aligns words left and numbers right', () => {
    const columns = [
      { title: 'peer', align: 'left' },
      { title: 'bytes', align: 'right' },
    ] as const;
    expect(
      textTable(
        columns,
        [
          ['192.0.2.1', '12'],
          ['::1', '3,456'],
        ],
        PLAIN,
      ),
    ).toEqual(['peer       bytes', '192.0.2.1     12', '::1        3,456']);
  });

  it('shortens the columns marked as shortenable when it is too wide', () => {
    const columns = [
      { title: 'uuid', align: 'left', least: 8 },
      { title: 'n', align: 'right' },
    ] as const;
    const [, row = ''] = textTable(columns, [['x'.repeat(60), '7']], PLAIN);
    expect(row).toBe(`${'x'.repeat(35)}..  7`);
    expect(row).toHaveLength(40);
  });

  it('cuts at the front where the end says more', () => {
    const columns = [
      { title: 'uuid ends', align: 'left', least: 9, cut: 'front' },
      { title: 'n', align: 'right' },
    ] as const;
    expect(textTable(columns, [['000000000001CF37', '7']], { ...PLAIN, width: 12 })).toEqual([
      'uuid ends  n',
      '..001CF37  7',
    ]);
  });

  it('cuts the column with the most space, not the first', () => {
    const columns = [
      { title: 'limited by', align: 'left', least: 12 },
      { title: 'state', align: 'left', least: 3 },
    ] as const;
    const [, row] = textTable(columns, [['congestion window 86 %', `ESTABLISHED ${'x'.repeat(9)}`]], PLAIN);
    expect(row).toBe('congestion window 86 %  ESTABLISHED xx..');
  });

  it('lets a text overlap empty cells to its right, within the width', () => {
    const columns = [
      { title: 'limited by', align: 'left', least: 12 },
      { title: 'n', align: 'right' },
      { title: 'state', align: 'left', least: 5 },
    ] as const;
    const rows = [
      ['congestion window 86 %', '', ''],
      ['congestion window 86 %', '7', ''],
      ['congestion window 86 %', '', 'CLOSE'],
    ];
    const lines = textTable(columns, rows, { ...PLAIN, width: 22 });
    expect(lines).toEqual([
      'limited by    n  state',
      'congestion window 86 %',
      'congestion..  7',
      'congestion wi..  CLOSE',
    ]);
  });

  it('drops columns, lowest priority first, when shortening is not enough', () => {
    const columns = [
      { title: 'until', align: 'right' },
      { title: 'cwnd', align: 'right', drop: 2 },
      { title: 'flight', align: 'right', drop: 1 },
      { title: 'limited by', align: 'left', least: 6 },
    ] as const;
    const heads = [31, 27, 26, 18, 1].map((width) => textTable(columns, [], { ...PLAIN, width })[0]);
    expect(heads).toEqual([
      'until  cwnd  flight  limited by',
      'until  cwnd  flight  limi..',
      'until  cwnd  limited by',
      'until  limited by',
      'until  limi..',
    ]);
  });
});

describe('bars', () => {
  it('show a mark for any value above zero', () => {
    expect([0, 0.001, 0.5, 1, 7].map((share) => textBar(share, 4, PLAIN))).toEqual(['', '#', '##', '####', '####']);
    expect([0, 0.001, 0.5, 0.53125, 1].map((share) => textBar(share, 4, RICH))).toEqual(['', '▏', '██', '██▏', '████']);
  });

  it('can be joined to a line', () => {
    expect(sparkline([0, 1, null, 8], RICH)).toBe('▁▂ █');
    expect(sparkline([0, 0], PLAIN)).toBe('__');
  });

  it('get darker in ASCII with the value, and use no digits', () => {
    expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, null, 9], PLAIN)).toBe('_.:-=+*#%@ @');
  });
});

describe('non-ASCII characters of our own', () => {
  it('become ASCII on a terminal without UTF-8', () => {
    expect(ownLetters('900 µs – a → b…', PLAIN)).toBe('900 us - a -> b...');
    expect(ownLetters('900 µs – a → b…', RICH)).toBe('900 µs – a → b…');
    expect(printable(ownLetters('for 278 µs', PLAIN), PLAIN)).toBe('for 278 us');
  });
});

describe('text from data', () => {
  it('cannot move the cursor or change the writing direction', () => {
    expect(printable('a\u001b[2Jb\n\u202e', RICH)).toBe('a\\u{1b}[2Jb\\u{a}\\u{202e}');
    expect(printable('é', PLAIN)).toBe('\\u{e9}');
    expect(printable('é', RICH)).toBe('é');
  });

  it('contains only printable characters for any input', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(printable(text, PLAIN)).toMatch(/^[\x20-\x7e]*$/);
        expect(printable(text, RICH)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
      }),
    );
  });
});
