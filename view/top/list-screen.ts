import type { RowJson } from '../../live/wire/index.js';
import { ownLetters, printable, textWidth } from '../chart/index.js';
import { type Column, endText, type Look } from '../rows/index.js';
import { fullLine, type Line, type LineStyle, line } from './line.js';
import type { Sorting, TopModel } from './model.js';
import { lackedValue } from './rows-as-json.js';
import { headLine, layoutTable, rowLine, type TableColumn } from './table.js';

/** Columns that a closed row keeps: the others are replaced by how it ended. */
const IDENTITY: readonly string[] = ['process', 'local', 'remote'];

/** Table of rows, laid out for a width. */
export interface RowTable {
  readonly head: string;
  /** Returns the line of a row. */
  readonly text: (row: RowJson) => string;
}

/** Options of {@link rowTable}. */
export interface RowTableOptions {
  readonly columns: readonly Column[];
  readonly rows: readonly RowJson[];
  readonly width: number;
  readonly look: Look;
  readonly sorting?: Sorting | undefined;
  /** Time of the values, microseconds since 1970. */
  readonly timeUs: number;
  /** True for archives: closed rows keep their values. */
  readonly isArchive: boolean;
}

/** Lays out a table of rows. */
export function rowTable(options: RowTableOptions): RowTable {
  const { columns, rows, width, look, sorting, timeUs, isArchive } = options;
  const all = columns.map((column): TableColumn<RowJson> & { readonly id: string } => ({
    ...column,
    title: titleOf(column, sorting, look),
    cell: (row, room) =>
      isArchive || row.open !== false || IDENTITY.includes(column.id) ? column.text(row, look, room) : '',
  }));
  const layout = layoutTable(all, rows, width);
  const from = layout.columns.findIndex((column) => !IDENTITY.includes((column as (typeof all)[number]).id));
  return {
    head: headLine(layout),
    text: (row) => {
      const isReplaced = !isArchive && row.open === false && from > 0;
      const replaced = isReplaced ? { from, text: endText(row, timeUs, look), width } : undefined;
      return rowLine(layout, row, look.unicode, replaced);
    },
  };
}

function titleOf({ title, sortedBy, align }: Column, sorting: Sorting | undefined, look: Look): string {
  const own = ownLetters(title, look);
  if (sorting?.column.sortedBy !== sortedBy) return own;
  const [down, up] = look.unicode ? ['▼', '▲'] : ['v', '^'];
  const mark = sorting.isDescending ? down : up;
  return align === 'right' ? `${mark} ${own}` : `${own} ${mark}`;
}

/** Draws the table of connections: its titles, and the visible rows. */
export function listLines(model: TopModel): Line[] {
  const { list, look, screenColumns: width, timeUs, isArchive, sorting, columns } = model;
  const keys = list.visible;
  const rows = keys.map((key) => model.row(key) ?? {});
  if (rows.length === 0) return [line(''), line(emptyWords(model, true), 'faint')];
  const table = rowTable({ columns, rows, width, look, sorting, timeUs, isArchive });
  const first = Math.max(list.top, list.offset);
  return [
    fullLine(table.head, width, 'faint'),
    ...rows.map((row, i) => {
      const style = rowStyle(model, keys[i] ?? '', row, first + i);
      const text = table.text(row);
      return style === 'selected'
        ? fullLine(text + ' '.repeat(Math.max(0, width - textWidth(text))), width, style)
        : line(text, style);
    }),
  ];
}

function rowStyle(model: TopModel, key: string, row: RowJson, index: number): LineStyle {
  if (index === model.list.index) return 'selected';
  if (model.lost !== undefined && model.frozen === undefined) return 'faint';
  if ((row.open === false && !model.isArchive) || !model.isCurrent(key)) return 'faint';
  return (row.alerts?.length ?? 0) > 0 ? 'warning' : 'plain';
}

/** Explains why there are no rows. @param hasKeys true on a screen: keys that help are named */
export function emptyWords(model: TopModel, hasKeys: boolean): string {
  const { live, frozen, filter, closed, look, options } = model;
  const { netns } = options;
  if (frozen === undefined && !live.isKnown) return ownLetters('Waiting for the first values …', look);
  if (netns !== undefined && filter === '' && closed !== 'only') {
    const name = printable(netns, look);
    const why = model.isArchive ? 'these archives have none of it' : 'the collector needs it in -netns';
    return `No connection is in the network namespace ${name}: ${why}.`;
  }
  if (frozen === undefined && model.isFindingProcesses)
    return ownLetters('The processes of connections are still being looked up …', look);
  const [edit, others] = hasKeys ? [' / edits it, Esc there clears it.', ' x shows the others.'] : ['', ''];
  const lacked = model.isArchive ? lackedValue(filter) : undefined;
  if (lacked !== undefined) {
    const use = lacked.instead === undefined ? '' : `: use ${lacked.instead}`;
    return `Archives lack ${lacked.name}, a value of the last second${use}.${edit}`;
  }
  if (filter !== '') return `No ${closed === 'false' ? 'open ' : ''}connection matches the filter.${edit}`;
  if (closed === 'only') return `No connection has closed${model.isArchive ? '' : ' yet'}.${others}`;
  return model.isArchive ? 'No connections in these archives.' : 'No connections.';
}
