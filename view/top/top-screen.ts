import { ownLetters, printable } from '../chart/index.js';
import { cutText } from '../rows/index.js';
import { alertLines } from './alerts-screen.js';
import { chooserLines } from './chooser-screen.js';
import { detailLines } from './detail-screen.js';
import { filterLines } from './filter-lines.js';
import { groupLines } from './groups-screen.js';
import { helpLines } from './help-screen.js';
import { httpLines } from './http-screen.js';
import { joinParts, type Line, line, restyled } from './line.js';
import { listLines } from './list-screen.js';
import { machineLines } from './machine-screen.js';
import type { TopModel } from './model.js';
import type { Frame } from './screen.js';
import { bannerLines, tabsLine, titleLine } from './title.js';

/** Title of the table. */
const HEAD_LINES = 1;
const LAST_LINE = 1;

/** Adapts the model to the size of the screen; to be called before {@link topFrame}. */
export function fitModel(model: TopModel, columns: number, rows: number, nowMs: number): void {
  model.screenColumns = columns;
  model.screenRows = rows;
  const above = aboveLines(model, nowMs).lines.length;
  model.resize(columns, rows, rows - above - HEAD_LINES - LAST_LINE);
}

/** Draws the screen. */
export function topFrame(model: TopModel, nowMs: number): Frame {
  const { screenColumns: columns, screenRows: rows } = model;
  const { lines: above, cursor } = aboveLines(model, nowMs);
  const height = Math.max(1, rows - above.length - LAST_LINE);
  const body = bodyLines(model, columns, height).slice(0, height);
  const blanks = Array.from({ length: height - body.length }, (): Line => []);
  return { lines: [...above, ...body, ...blanks, lastLine(model)].slice(0, rows), cursor };
}

/** Lines above the table, and the place of the cursor in them. */
function aboveLines(model: TopModel, nowMs: number): Frame {
  const head = [titleLine(model), ...bannerLines(model, nowMs)];
  if (model.mode === 'help' || model.mode === 'detail' || model.mode === 'columns') return { lines: head };
  const lines = [...head, tabsLine(model, nowMs)];
  if (!isList(model)) return { lines };
  const filter = filterLines(model);
  const cursor =
    filter.cursor === undefined ? undefined : { row: filter.cursor.row + lines.length, column: filter.cursor.column };
  return { lines: [...lines, ...filter.lines], cursor };
}

function isList({ tab }: TopModel): boolean {
  return tab === 'Connections' || tab === 'Groups';
}

function bodyLines(model: TopModel, columns: number, height: number): readonly Line[] {
  const { look } = model;
  if (model.mode === 'help')
    return scrolled(helpLines(columns, look), height, model.helpTop, (top) => (model.helpTop = top));
  if (model.mode === 'columns' && model.chooser !== undefined)
    return chooserLines(model.chooser, columns, height, look);
  if ((model.mode === 'detail' || model.mode === 'watch') && model.detail !== undefined) {
    const { detail } = model;
    // While the source is lost, the banner says so; a failed request says nothing more.
    const shownDetail = model.lost === undefined ? detail : { ...detail, error: undefined };
    const lines = detailLines(shownDetail, columns, height, look);
    const shown = scrolled(lines, height, detail.top, (top) => (model.detail = { ...detail, top }));
    return model.lost === undefined || model.frozen !== undefined
      ? shown
      : shown.map((each) => restyled(each, 'faint'));
  }
  switch (model.tab) {
    case 'Groups':
      return groupLines(model, height - HEAD_LINES);
    case 'Machine':
      return machineLines(model.status, columns, look);
    case 'Alerts':
      return scrolled(
        alertLines(model.alerts, columns, look),
        height,
        model.alertsTop,
        (top) => (model.alertsTop = top),
      );
    case 'HTTP':
      return scrolled(httpLines(model.http, columns, look), height, model.httpTop, (top) => (model.httpTop = top));
    case 'Connections':
      return listLines(model);
  }
}

/** Returns the visible part of long lines, and corrects a position beyond their end. */
function scrolled(
  lines: readonly Line[],
  height: number,
  top: number,
  correct: (top: number) => void,
): readonly Line[] {
  const last = Math.max(0, lines.length - height);
  if (top > last) correct(last);
  const from = Math.min(top, last);
  return lines.slice(from, from + height);
}

/** Keys in the last line, the most important first. */
const HINTS: Readonly<Record<TopModel['mode'], readonly string[]>> = {
  list: ['? help', '/ filter', 's sort', 'Enter open', 'f freeze', 'x closed', 'a group', 'c columns', 'q quit'],
  filter: ['Tab complete', 'Enter apply', 'Esc clear'],
  columns: ['Space choose', 'Enter back'],
  help: ['Esc back', 'j k scroll'],
  watch: [],
  detail: ['Esc back', 'j k scroll', 'f freeze', 'y copy UUID', 'u bits or bytes', '? help', 'q quit'],
};

/** Keys in the last line of pages without a list. */
const PAGE_HINTS: readonly string[] = ['Esc back', '? help', 'q quit'];

/** Returns a message as a sentence: those of errors begin and end as a part of one. */
function sentence(message: string): string {
  // An address or a piece of an expression at the beginning stays as it is.
  const begun = message.replace(/^\p{Ll}\p{L}*(?=\s)/u, (word) => word.charAt(0).toUpperCase() + word.slice(1));
  return /[.?!]$/.test(begun) ? begun : `${begun}.`;
}

function lastLine(model: TopModel): Line {
  const { message, look, screenColumns, question } = model;
  if (question !== undefined) return line(cutText(question.text, screenColumns, look.unicode), 'plain');
  if (message !== '') {
    const text = printable(ownLetters(sentence(message), look), look);
    return line(cutText(text, screenColumns, look.unicode), 'warning');
  }
  const hints = model.mode === 'list' && !isList(model) ? PAGE_HINTS : HINTS[model.mode];
  const parts = hints.map((text, i) => ({ text, style: 'faint' as const, drop: 100 - i }));
  return joinParts(parts, '  ', screenColumns);
}
