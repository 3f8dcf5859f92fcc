import type { GroupJson } from '../../live/wire/index.js';
import { formatCount, formatQuantity, formatShare, ownLetters, printable } from '../chart/index.js';
import { GROUPINGS, type Look, rateText } from '../rows/index.js';
import type { GroupLine } from './group-list.js';
import { fullLine, type Line, line } from './line.js';
import { rowTable } from './list-screen.js';
import type { TopModel } from './model.js';
import { headLine, layoutTable, rowLine, type TableColumn } from './table.js';

type GroupRow = { readonly group: GroupJson; readonly isUnfolded: boolean };

const INDENT = '    ';

/** Draws the list of groups, with the connections of those that are unfolded. */
export function groupLines(model: TopModel, height: number): Line[] {
  const { groups, look, screenColumns: width } = model;
  if (model.frozen !== undefined) return [line(''), line('Groups are of the live state: f goes on.', 'faint')];
  if (groups.groups === undefined) return [line(''), line(ownLetters('Waiting for the groups …', look), 'faint')];
  const { lines } = groups;
  if (lines.length === 0) return [line(''), line('No connections to group.', 'faint')];
  const visible = lines.slice(groups.scroll(height), groups.top + height);
  const own = visible.flatMap((each) => (each.kind === 'group' ? [each] : []));
  const layout = layoutTable(columnsOf(groups.name, look), own, width);
  const rows = visible.flatMap((each) => (each.kind === 'row' ? [each.row] : []));
  const table = rowTable({
    columns: model.columns,
    rows,
    width: width - INDENT.length,
    look,
    timeUs: model.timeUs,
    isArchive: model.isArchive,
  });
  const textOf = (each: GroupLine): string => {
    if (each.kind === 'group') return rowLine(layout, each, look.unicode);
    return INDENT + (each.kind === 'row' ? table.text(each.row) : each.text);
  };
  return [
    fullLine(headLine(layout), width, 'faint'),
    ...visible.map((each, i) => {
      const isFaint = each.kind === 'note' || (each.kind === 'row' && each.row.open === false);
      if (groups.top + i === groups.index) return fullLine(textOf(each), width, 'selected');
      return line(textOf(each), isFaint ? 'faint' : 'plain');
    }),
  ];
}

function columnsOf(name: string, look: Look): TableColumn<GroupRow>[] {
  const right = { align: 'right' as const };
  return [
    {
      title: `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`,
      align: 'left',
      least: 12,
      usual: 20,
      cell: ({ group, isUnfolded }) => `${foldMark(group, isUnfolded, look)} ${keyText(group, look)}`,
    },
    { title: 'Open', ...right, usual: 6, cell: ({ group }) => formatCount(group.connections - group.closed) },
    { title: 'Closed', ...right, usual: 6, drop: 2, cell: ({ group }) => formatCount(group.closed) },
    { title: 'Send', ...right, usual: 10, cell: ({ group }) => rateText(group.sendThroughputBytesPerSec, look) },
    {
      title: 'Recv',
      ...right,
      usual: 10,
      drop: 5,
      cell: ({ group }) => rateText(group.receiveThroughputBytesPerSec, look),
    },
    { title: 'RTT p50', ...right, usual: 7, drop: 4, cell: ({ group }) => duration(group.rttUs.p50, look) },
    { title: 'p95', ...right, usual: 7, drop: 1, cell: ({ group }) => duration(group.rttUs.p95, look) },
    {
      title: 'Retr',
      ...right,
      usual: 6,
      drop: 3,
      cell: ({ group }) => ownLetters(formatShare(group.retransmitRateBytes), look),
    },
    {
      title: 'Limited',
      align: 'left',
      usual: 11,
      drop: 6,
      cell: ({ group }) => printable(group.limitedBy ?? '', look),
    },
  ];
}

function duration(us: number | null, look: Look): string {
  return ownLetters(formatQuantity(us, 'duration'), look);
}

function foldMark({ other }: GroupJson, isUnfolded: boolean, { unicode }: Look): string {
  if (other === true) return ' ';
  return unicode ? (isUnfolded ? '▾' : '▸') : isUnfolded ? '-' : '+';
}

function keyText({ key, other }: GroupJson, look: Look): string {
  if (other === true) return '(others)';
  return key.map((each) => (each === null ? '(unknown)' : printable(String(each), look))).join(' ');
}

/** Names of the groupings, for the help. */
export const GROUPING_NAMES: readonly string[] = GROUPINGS.map(({ name }) => name);
