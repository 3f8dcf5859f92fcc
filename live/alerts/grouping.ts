import type { BatchChoice, CompiledAggregate, NumberColumn, RowBatch } from '../../expression/index.js';
import type { KeyValue } from '../answers/index.js';
import type { StoreRow } from '../store/index.js';
import { GroupTable } from './group-table.js';
import type { RuleState } from './rule-state.js';
import type { GroupRule } from './rules/index.js';

/** Groups that are told apart. */
const MAX_GROUPS = 10_000;

/** Rule of a grouping, and its aggregates among those of the grouping. */
export interface GroupedRule {
  readonly state: RuleState;
  readonly rule: GroupRule;
  readonly when: readonly number[];
  readonly clear: readonly number[];
}

/** Aggregate as columns of the batch. */
interface BatchedAggregate {
  readonly text: string;
  readonly condition: BatchChoice | null;
  readonly value: NumberColumn | null;
}

/** Rules that look at the same groups of the same rows: rows are grouped once for all of them. */
export class Grouping {
  readonly rules: GroupedRule[] = [];
  readonly table = new GroupTable();
  readonly #by: GroupRule['by'];
  readonly #filter: GroupRule['filter'];
  readonly #batch: RowBatch<StoreRow>;
  readonly #choice: BatchChoice | null;
  readonly #aggregates: BatchedAggregate[] = [];
  /** Numbers of groups by name. */
  readonly #numbers = new Map<KeyValue, number>();
  /** Group of each row of the batch, and rows that are in one. */
  readonly #groups: Int32Array;
  readonly #grouped: Uint16Array;
  /** Number of rows that are in no group, because there are too many groups. */
  refused = 0;

  /** @param batch rows that are added together, to this and other groupings */
  constructor({ by, filter }: GroupRule, batch: RowBatch<StoreRow>) {
    this.#by = by;
    this.#filter = filter;
    this.#batch = batch;
    this.#choice = filter === null ? null : batch.choice([filter.test]);
    this.#groups = new Int32Array(batch.size);
    this.#grouped = new Uint16Array(batch.size);
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

  /** Begins a round without rows. */
  begin(): void {
    const { table } = this;
    const gone = table.size - table.present;
    if (gone > table.present || (gone > 0 && table.size >= MAX_GROUPS)) {
      table.clear();
      this.#numbers.clear();
    } else table.clearRows();
    this.refused = 0;
    if (this.#by !== null) return;
    // The machine is there without a connection, too.
    if (table.size === 0) table.addGroup([]);
    table.see(0);
  }

  /** Adds the rows of the batch. */
  addBatch(): void {
    const { all, rows } = this.#batch;
    const chosen = this.#choice?.choose(all, rows.length) ?? rows.length;
    const selected = this.#choice?.chosen ?? all;
    const [groups, grouped] = [this.#groups, this.#grouped];
    let count = 0;
    for (let j = 0; j < chosen; j++) {
      const at = selected[j] ?? 0;
      const row = rows[at];
      if (row === undefined) continue;
      const group = this.#by === null ? 0 : this.#groupOf(this.#by, row);
      if (group === undefined) continue;
      groups[at] = group;
      this.table.see(group);
      grouped[count++] = at;
    }
    for (let i = 0; i < this.#aggregates.length; i++) {
      const aggregate = this.#aggregates[i];
      if (aggregate !== undefined) this.#sum(i, aggregate, count);
    }
  }

  /** Returns the open rows of a group. */
  rowsOf(key: readonly KeyValue[], rows: Iterable<StoreRow>): StoreRow[] {
    const [by, filter] = [this.#by, this.#filter];
    return [...rows].filter(
      (row) =>
        row.isOpen &&
        (filter === null || filter.matches(row)) &&
        (by === null || by.every((field, i) => field.read(row) === key[i])),
    );
  }

  #sum(aggregate: number, { condition, value }: BatchedAggregate, count: number): void {
    const matched = condition?.choose(this.#grouped, count) ?? count;
    const selected = condition?.chosen ?? this.#grouped;
    const counted = { selected, count: matched, groups: this.#groups };
    if (value === null) this.table.count(aggregate, counted);
    else this.table.add(aggregate, counted, value.of(selected, matched));
  }

  #groupOf(by: NonNullable<GroupRule['by']>, row: StoreRow): number | undefined {
    const name = nameOf(by, row);
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    if (this.table.size >= MAX_GROUPS) {
      this.refused++;
      return undefined;
    }
    const added = this.table.addGroup(by.map((field) => field.read(row)));
    this.#numbers.set(name, added);
    return added;
  }

  #place({ text, function: name, condition, value }: CompiledAggregate<StoreRow>): number {
    const known = this.#aggregates.findIndex((each) => each.text === text);
    if (known !== -1) return known;
    this.#aggregates.push({
      text,
      condition: condition === null ? null : this.#batch.choice([condition]),
      value: value === null ? null : this.#batch.numbers(value),
    });
    return this.table.addAggregate(name);
  }
}

/** Returns the name of a row's group: the value itself for one field. */
function nameOf(by: NonNullable<GroupRule['by']>, row: StoreRow): KeyValue {
  const [first, second] = by;
  if (first === undefined) return '';
  return second === undefined ? first.read(row) : JSON.stringify([first.read(row), second.read(row)]);
}
