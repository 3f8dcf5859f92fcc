import type { GroupJson, GroupsJson, RowJson, ViewJson } from '../../live/wire/index.js';
import { GROUPINGS, type GroupValue, groupFilter } from '../rows/index.js';

/** Connections shown below an unfolded group. */
export const MAX_UNFOLDED_ROWS = 20;

/** Line of the list of groups: a group, one of its connections, or a note on connections that are not shown. */
export type GroupLine =
  | { readonly kind: 'group'; readonly group: GroupJson; readonly id: string; readonly isUnfolded: boolean }
  | { readonly kind: 'row'; readonly row: RowJson; readonly id: string }
  | { readonly kind: 'note'; readonly text: string; readonly id: string };

/** Groups of connections, with those that are unfolded. */
export class GroupList {
  /** Index in {@link GROUPINGS}. */
  grouping = 0;
  groups: GroupsJson | undefined;
  /** Views of unfolded groups by id; undefined before the first answer. */
  readonly unfolded = new Map<string, ViewJson | undefined>();
  index = 0;
  top = 0;

  get by(): string {
    return GROUPINGS[this.grouping]?.by ?? GROUPINGS[0].by;
  }

  get name(): string {
    return GROUPINGS[this.grouping]?.name ?? GROUPINGS[0].name;
  }

  /** Lines of the list, in order. */
  get lines(): readonly GroupLine[] {
    return (this.groups?.groups ?? []).flatMap((group) => this.#linesOf(group));
  }

  get current(): GroupLine | undefined {
    return this.lines[this.index];
  }

  /** Groups by another field, and folds all groups. */
  regroup(grouping: number): void {
    this.grouping = grouping;
    this.groups = undefined;
    this.unfolded.clear();
    this.index = 0;
    this.top = 0;
  }

  /** Takes over the groups of the source; the cursor stays with its line. */
  take(groups: GroupsJson): void {
    // An answer to an earlier request for another grouping.
    if (groups.by.join(',') !== this.by) return;
    const id = this.index === 0 ? undefined : this.current?.id;
    this.groups = groups;
    const found = id === undefined ? -1 : this.lines.findIndex((each) => each.id === id);
    this.index = found >= 0 ? found : Math.max(0, Math.min(this.index, this.lines.length - 1));
  }

  move(by: number): void {
    this.index = Math.max(0, Math.min(this.lines.length - 1, this.index + by));
  }

  /** Unfolds or folds the group at the cursor. */
  fold(): void {
    const { current } = this;
    if (current?.kind !== 'group' || current.group.other === true) return;
    if (current.isUnfolded) this.unfolded.delete(current.id);
    else this.unfolded.set(current.id, undefined);
  }

  /** Returns the first visible line, so that the cursor is visible. */
  scroll(height: number): number {
    if (this.index < this.top) this.top = this.index;
    if (this.index >= this.top + height) this.top = this.index - height + 1;
    this.top = Math.max(0, Math.min(this.top, this.lines.length - height));
    return this.top;
  }

  #linesOf(group: GroupJson): GroupLine[] {
    const id = group.other === true ? 'other' : JSON.stringify(group.key);
    const head: GroupLine = { kind: 'group', group, id, isUnfolded: this.unfolded.has(id) };
    const view = this.unfolded.get(id);
    if (view === undefined) return [head];
    const more = view.matched - view.connections.length;
    return [
      head,
      ...view.connections.map((row, i): GroupLine => ({ kind: 'row', row, id: `${id} ${row.key ?? row.uuid ?? i}` })),
      ...(more > 0 ? [{ kind: 'note' as const, text: `and ${more} more`, id: `${id} more` }] : []),
    ];
  }
}

/** Returns the expression that chooses the connections of a group, by its id, in addition to a filter. */
export function filterOfGroup(filter: string, by: string, id: string): string {
  const [value = null] = JSON.parse(id) as readonly GroupValue[];
  return groupFilter(filter, by, value);
}
