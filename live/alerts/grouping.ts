import type { CompiledAggregate } from '../../expression/index.js';
import type { KeyValue, SlicedWork } from '../answers/index.js';
import type { StoreRow } from '../store/index.js';
import { GroupSums } from './group-sums.js';
import type { RuleState } from './rule-state.js';
import type { GroupRule } from './rules/index.js';

/** Groups that are told apart. */
const MAX_GROUPS = 10_000;
/** Rows that are added in one step. */
const ROWS_AT_ONCE = 64;

/** Rule of a grouping, and the places of its aggregates among those of the grouping. */
export interface GroupedRule {
  readonly state: RuleState;
  readonly rule: GroupRule;
  readonly when: readonly number[];
  readonly clear: readonly number[];
}

/** Rules that look at the same groups of the same rows: rows are grouped once for all of them. */
export class Grouping {
  readonly #by: GroupRule['by'];
  readonly #filter: GroupRule['filter'];
  readonly #aggregates: CompiledAggregate<StoreRow>[] = [];
  readonly rules: GroupedRule[] = [];

  constructor({ by, filter }: GroupRule) {
    this.#by = by;
    this.#filter = filter;
  }

  add(state: RuleState, rule: GroupRule): void {
    const placed = (aggregates: readonly CompiledAggregate<StoreRow>[]): number[] =>
      aggregates.map((each) => this.#place(each));
    this.rules.push({ state, rule, when: placed(rule.when.aggregates), clear: placed(rule.clear?.aggregates ?? []) });
  }

  /** Names of the fields by which rows are grouped. */
  get names(): readonly string[] {
    return this.#by?.map(({ text }) => text) ?? [];
  }

  /**
   * Groups rows, in steps.
   * @param onRefused called with the number of rows that are in no group, because there are too many groups
   */
  *groups(rows: readonly StoreRow[], onRefused: (rows: number) => void): SlicedWork<Iterable<GroupSums>> {
    const groups = new Map<KeyValue, GroupSums>();
    const [by, filter] = [this.#by, this.#filter];
    // The machine is there without a connection, too.
    if (by === null) groups.set('', new GroupSums([], this.#aggregates));
    let refused = 0;
    for (let i = 0; i < rows.length; i++) {
      if (i % ROWS_AT_ONCE === ROWS_AT_ONCE - 1) yield;
      const row = rows[i];
      if (row?.isOpen !== true || (filter !== null && filter(row) !== true)) continue;
      const name = by === null ? '' : nameOf(by, row);
      let group = groups.get(name);
      if (group === undefined) {
        if (groups.size >= MAX_GROUPS) {
          refused++;
          continue;
        }
        group = new GroupSums(
          (by ?? []).map((field) => field.read(row)),
          this.#aggregates,
        );
        groups.set(name, group);
      }
      group.add(row);
    }
    if (refused > 0) onRefused(refused);
    return groups.values();
  }

  /** Returns the open rows of a group. */
  rowsOf(key: readonly KeyValue[], rows: Iterable<StoreRow>): StoreRow[] {
    const [by, filter] = [this.#by, this.#filter];
    return [...rows].filter(
      (row) =>
        row.isOpen &&
        (filter === null || filter(row) === true) &&
        (by === null || by.every((field, i) => field.read(row) === key[i])),
    );
  }

  #place(aggregate: CompiledAggregate<StoreRow>): number {
    const known = this.#aggregates.findIndex(({ text }) => text === aggregate.text);
    return known === -1 ? this.#aggregates.push(aggregate) - 1 : known;
  }
}

/** Returns the name of a row's group: the value itself for one field. */
function nameOf(by: NonNullable<GroupRule['by']>, row: StoreRow): KeyValue {
  const [first, second] = by;
  if (first === undefined) return '';
  return second === undefined ? first.read(row) : JSON.stringify([first.read(row), second.read(row)]);
}

/** Returns the groupings of rules; those with equal fields and filters share one. */
export function groupingsOf(states: readonly RuleState[]): readonly Grouping[] {
  const groupings = new Map<string, Grouping>();
  for (const state of states) {
    const { rule } = state;
    if (rule.kind !== 'group') continue;
    const name = JSON.stringify([rule.by?.map(({ text }) => text) ?? null, rule.filterText]);
    const grouping = groupings.get(name) ?? new Grouping(rule);
    groupings.set(name, grouping);
    grouping.add(state, rule);
  }
  return [...groupings.values()];
}
