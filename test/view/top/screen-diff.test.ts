import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COLOUR_STYLES, PLAIN_STYLES, Screen, screenDiff } from '../../../view/top/index.js';
import { LINE_STYLES, type Line } from '../../../view/top/line.js';
import { TerminalModel } from './terminal-model.js';

const LETTERS = [
  'a',
  'b',
  ' ',
  ' ',
  '數',
  '가',
  'e\u0301',
  '\u0301',
  '█',
  '…',
  '\u001b',
  '\n',
  '\u0007',
  '\u009b',
  '\u202e',
];
const LINE: fc.Arbitrary<Line> = fc.array(
  fc.record({
    text: fc.string({ unit: fc.constantFrom(...LETTERS), maxLength: 12 }),
    style: fc.constantFrom(...LINE_STYLES),
  }),
  { maxLength: 5 },
);
const LINES = fc.array(LINE, { maxLength: 6 });

/** Expects that a terminal shows a screen. */
function expectShown(terminal: TerminalModel, screen: Screen): void {
  for (let row = 0; row < screen.rows; row++) {
    const cells = terminal.row(row).map(({ text, style }) => `${text}|${style}`);
    const wanted = Array.from({ length: screen.columns }, (_, column) => {
      return `${screen.text(row, column)}|${COLOUR_STYLES[screen.style(row, column)]}`;
    });
    expect(cells).toEqual(wanted);
  }
}

describe('the changes of a screen', () => {
  it('turn any screen into any other of its size', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        fc.array(LINES, { minLength: 1, maxLength: 5 }),
        (columns, frames) => {
          const terminal = new TerminalModel(columns, 5);
          let before: Screen | undefined;
          for (const lines of frames) {
            const after = new Screen(columns, 5, lines);
            terminal.write(screenDiff(before, after, COLOUR_STYLES));
            expectShown(terminal, after);
            before = after;
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('draw everything for another size', () => {
    const before = new Screen(10, 2, [[{ text: 'before', style: 'plain' }]]);
    const after = new Screen(6, 2, [[{ text: 'after', style: 'plain' }]]);
    expect(screenDiff(before, after, COLOUR_STYLES)).toBe('\u001b[0m\u001b[2J\u001b[1;1Hafter');
  });

  it('are empty for the same screen, and only the changed cells for another', () => {
    const lines = (value: string): Line[] => [[{ text: `value ${value} of a long line`, style: 'plain' }]];
    const before = new Screen(40, 1, lines('10'));
    expect(screenDiff(before, new Screen(40, 1, lines('10')), COLOUR_STYLES)).toBe('');
    expect(screenDiff(before, new Screen(40, 1, lines('17')), COLOUR_STYLES)).toBe('\u001b[1;8H7');
    expect(screenDiff(before, new Screen(40, 1, [[{ text: 'value', style: 'plain' }]]), COLOUR_STYLES)).toBe(
      '\u001b[1;6H\u001b[K',
    );
  });

  it('have no colours without them', () => {
    const lines = LINE_STYLES.map((style): Line => [{ text: 'text', style }]);
    const codes = screenDiff(undefined, new Screen(10, lines.length, lines), PLAIN_STYLES);
    expect(codes.split('\u001b').filter((code) => /^\[[\d;]*[34]\dm/.test(code))).toEqual([]);
    expect(codes).toContain('\u001b[0;7mtext');
  });
});

describe('a screen', () => {
  it('shows control characters as text', () => {
    const screen = new Screen(20, 1, [[{ text: 'a\u001b[2Jb', style: 'plain' }]]);
    expect(screen.rowText(0)).toBe('a\\u{1b}[2Jb');
  });

  it('leaves out a wide letter that is half beyond the edge', () => {
    expect(new Screen(3, 1, [[{ text: '數據', style: 'plain' }]]).rowText(0)).toBe('數');
  });
});
