import type { GroupJson, RowJson, ViewJson } from '../../live/wire/index.js';
import { groupId } from './group-by.js';

/** Columns of groups by which they can be sorted. */
export const GROUP_COLUMNS = [
  'key',
  'open',
  'closed',
  'sent',
  'received',
  'retransmitted',
  'p50',
  'p95',
  'limited',
] as const;
/** One of {@link GROUP_COLUMNS}. */
export type GroupColumn = (typeof GROUP_COLUMNS)[number];

/** Order of groups. */
export interface GroupOrder {
  readonly column: GroupColumn;
  readonly isDescending: boolean;
}

/** Line of the list: a group, one of its connections, or a note below these. */
export type GroupLine =
  | { readonly kind: 'group'; readonly id: string; readonly group: GroupJson; readonly isUnfolded: boolean }
  | { readonly kind: 'row'; readonly id: string; readonly row: RowJson }
  | { readonly kind: 'note'; readonly id: string; readonly text: string };

const VALUES: Readonly<Record<GroupColumn, (group: GroupJson) => number | string | null>> = {
  key: ({ key }) => key.map((each) => String(each ?? '')).join('\0'),
  open: ({ connections, closed }) => connections - closed,
  closed: ({ closed }) => closed,
  sent: (group) => group.sendThroughputBytesPerSec,
  received: (group) => group.receiveThroughputBytesPerSec,
  retransmitted: (group) => group.retransmitRateBytes,
  p50: ({ rttUs }) => rttUs.p50,
  p95: ({ rttUs }) => rttUs.p95,
  limited: ({ limitedBy }) => limitedBy,
};

/** Returns groups in an order; in that of the answer without one. Unknown values, and all other groups, come last. */
export function sortGroups(groups: readonly GroupJson[], order: GroupOrder | undefined): readonly GroupJson[] {
  if (order === undefined) return groups;
  const value = VALUES[order.column];
  const sign = order.isDescending ? -1 : 1;
  return groups.toSorted((a, b) => {
    if (a.other !== b.other) return a.other === true ? 1 : -1;
    const [one, two] = [value(a), value(b)];
    if (one === null || two === null) return one === two ? 0 : one === null ? 1 : -1;
    return sign * (one < two ? -1 : one > two ? 1 : 0);
  });
}

/** Returns the order after a click on a column: largest first, then smallest first, then that of the answer. */
export function nextOrder(order: GroupOrder | undefined, column: GroupColumn): GroupOrder | undefined {
  const isFirstDescending = column !== 'key' && column !== 'limited';
  if (order?.column !== column) return { column, isDescending: isFirstDescending };
  return order.isDescending === isFirstDescending ? { column, isDescending: !isFirstDescending } : undefined;
}

/**
 * Returns the lines of the list.
 * @param unfolded views of unfolded groups by id; undefined before the first answer
 */
export function linesOf(
  groups: readonly GroupJson[],
  unfolded: ReadonlyMap<string, ViewJson | undefined>,
): readonly GroupLine[] {
  return groups.flatMap((group): GroupLine[] => {
    const id = groupId(group);
    const isUnfolded = unfolded.has(id);
    const head: GroupLine = { kind: 'group', id, group, isUnfolded };
    if (!isUnfolded) return [head];
    const view = unfolded.get(id);
    if (view === undefined) return [head, { kind: 'note', id: `${id} wait`, text: 'Waiting for its connections …' }];
    const more = view.matched - view.connections.length;
    return [
      head,
      ...view.connections.map((row, i): GroupLine => ({ kind: 'row', id: `${id} ${row.key ?? i}`, row })),
      ...(more > 0
        ? [{ kind: 'note' as const, id: `${id} more`, text: `and ${more} more: Enter on the group lists all` }]
        : []),
    ];
  });
}
