import { clipTextFront, ownLetters, printable, textWidth } from '../chart/index.js';
import { cutText, wrapText } from '../rows/index.js';
import type { FilterEditor } from './filter-editor.js';
import { type Line, line, span } from './line.js';
import type { TopModel } from './model.js';
import type { Place } from './screen.js';

/** Lines about the filter, and the place of the cursor in the first one while it is edited. */
export interface FilterLines {
  readonly lines: readonly Line[];
  readonly cursor: Place | undefined;
}

const LABEL = 'Filter: ';
/** Completions shown at once. */
const MAX_COMPLETIONS = 6;
/** Columns for the texts of completions. */
const COMPLETION_WIDTH = 24;

/** Returns the filter, and below it completions or the error. Without a filter there is no line. */
export function filterLines(model: TopModel): FilterLines {
  const { editor, filter, look, screenColumns } = model;
  if (editor === undefined) {
    const text = cutText(printable(filter, look), screenColumns - LABEL.length, look.unicode);
    return { lines: filter === '' ? [] : [[span(LABEL, 'faint'), span(text)]], cursor: undefined };
  }
  const { text, column, hidden } = visiblePart(editor, screenColumns - LABEL.length - 1, model);
  const edited: Line = [span(LABEL, 'heading'), span(text)];
  const cursor = { row: 0, column: LABEL.length + column };
  if (editor.error !== undefined) {
    const { at, message } = editor.error;
    const place = at === undefined ? -1 : textWidth(printable(editor.edit.text.slice(0, at), look)) - hidden;
    const mark = place < 0 ? [] : [line(`${' '.repeat(LABEL.length + place)}^`, 'warning')];
    const words = wrapText(printable(ownLetters(message, look), look), screenColumns, look.unicode);
    return { lines: [edited, ...mark, ...words.map((each) => line(each, 'warning'))], cursor };
  }
  return { lines: [edited, ...completionLines(editor, model)], cursor };
}

/** Part of a long text around the cursor. */
interface VisiblePart {
  readonly text: string;
  /** Column of the cursor in it. */
  readonly column: number;
  /** Columns that are left out before it. */
  readonly hidden: number;
}

function visiblePart({ edit }: FilterEditor, width: number, { look }: TopModel): VisiblePart {
  const before = printable(edit.text.slice(0, edit.at), look);
  const after = printable(edit.text.slice(edit.at), look);
  const shown = clipTextFront(before, width);
  const column = textWidth(shown);
  return { text: shown + after, column, hidden: textWidth(before) - column };
}

function completionLines({ completions, chosen }: FilterEditor, { look, screenColumns }: TopModel): Line[] {
  const first = Math.max(0, Math.min(chosen - MAX_COMPLETIONS + 1, completions.length - MAX_COMPLETIONS));
  const shown = completions.slice(first, first + MAX_COMPLETIONS);
  const lines = shown.map(({ text, kind, description }, i): Line => {
    const name = cutText(printable(text, look), COMPLETION_WIDTH, look.unicode);
    const words = description === '' ? kind : printable(ownLetters(description, look), look);
    const room = screenColumns - LABEL.length - COMPLETION_WIDTH - 2;
    return [
      span(' '.repeat(LABEL.length)),
      span(name.padEnd(COMPLETION_WIDTH - textWidth(name) + name.length), first + i === chosen ? 'selected' : 'bar'),
      span(`  ${cutText(words, Math.max(0, room), look.unicode)}`, 'faint'),
    ];
  });
  const more = completions.length - first - shown.length;
  if (more > 0) lines.push(line(`${' '.repeat(LABEL.length)}${more} more`, 'faint'));
  return lines;
}
