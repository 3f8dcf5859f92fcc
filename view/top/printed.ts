import type { ViewJson } from '../../live/wire/index.js';
import { formatCount } from '../chart/index.js';
import type { Line } from './line.js';
import { emptyWords, rowTable } from './list-screen.js';
import type { TopModel } from './model.js';
import { titleLine } from './title.js';

/** Returns a view as plain lines: the title, and a table of all its rows. */
export function printedLines(model: TopModel, view: ViewJson): string[] {
  const { live, columns, look, sorting, isArchive, screenColumns: width } = model;
  const { connections: rows, ...head } = view;
  live.view({ ...head, order: [], rows: {} });
  const title = plain(titleLine(model));
  if (rows.length === 0) return [title, '', emptyWords(model, false)];
  const table = rowTable({ columns, rows, width, look, sorting, timeUs: live.timeUs, isArchive });
  const more = view.matched - rows.length;
  return [title, '', table.head, ...rows.map(table.text), ...(more > 0 ? ['', `and ${formatCount(more)} more`] : [])];
}

function plain(spans: Line): string {
  return spans.map(({ text }) => text).join('');
}
