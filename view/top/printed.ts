import type { Line } from './line.js';
import { emptyWords, rowTable } from './list-screen.js';
import type { TopModel } from './model.js';
import { titleLine } from './title.js';

/** Returns a view as plain lines: the title, and a table of all its rows. */
export function printedLines(model: TopModel): string[] {
  const { live, columns, look, sorting, timeUs, isArchive, screenColumns: width } = model;
  const rows = live.order.map((key) => model.row(key) ?? {});
  const title = plain(titleLine(model));
  if (rows.length === 0) return [title, '', emptyWords(model)];
  const table = rowTable({ columns, rows, width, look, sorting, timeUs, isArchive });
  const more = live.matched - rows.length;
  return [title, '', table.head, ...rows.map(table.text), ...(more > 0 ? ['', `and ${more} more`] : [])];
}

function plain(spans: Line): string {
  return spans.map(({ text }) => text).join('');
}
