import { ownLetters, printable } from '../chart/index.js';
import { cutText, type Look } from '../rows/index.js';
import type { ColumnChooser } from './column-chooser.js';
import { COLUMNS } from './columns.js';
import { fullLine, type Line, line, span } from './line.js';

const NAME_WIDTH = 38;

/** Draws the list of columns, with the part around the cursor. */
export function chooserLines(chooser: ColumnChooser, columns: number, height: number, look: Look): Line[] {
  const room = Math.max(1, height - 1);
  const top = Math.max(0, Math.min(chooser.index - (room >> 1), chooser.all.length - room));
  const nameWidth = Math.min(NAME_WIDTH, columns >> 1);
  return [
    line('Columns: Space chooses, Enter goes back', 'heading'),
    ...chooser.all.slice(top, top + room).map((column, i): Line => {
      const isChosen = chooser.chosen.some(({ id }) => id === column.id);
      const name = cutText(`${isChosen ? '[x]' : '[ ]'} ${column.id}`, nameWidth, look.unicode).padEnd(nameWidth);
      const words = printable(ownLetters(COLUMNS.describe(column), look), look);
      const description = cutText(words, Math.max(0, columns - nameWidth - 2), look.unicode);
      if (top + i === chooser.index) return fullLine(`${name}  ${description}`, columns, 'selected');
      return [span(name, isChosen ? 'plain' : 'faint'), span(`  ${description}`, 'faint')];
    }),
  ];
}
