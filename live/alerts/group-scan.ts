import type { RowBatch } from '../../expression/index.js';
import type { SlicedWork } from '../answers/index.js';
import type { StoreRow } from '../store/index.js';
import { Grouping } from './grouping.js';
import { newBatch } from './new-batch.js';
import type { RuleState } from './rule-state.js';

/** Rules of groups: sums the aggregates of all of them in one walk over the rows. */
export class GroupScan {
  /** Groupings of the rules; those with equal fields and filters share one. */
  readonly groupings: readonly Grouping[];
  readonly #batch: RowBatch<StoreRow> = newBatch();

  constructor(states: readonly RuleState[]) {
    const groupings = new Map<string, Grouping>();
    for (const state of states) {
      const { rule } = state;
      if (rule.kind !== 'group') continue;
      const name = JSON.stringify([rule.by?.map(({ text }) => text) ?? null, rule.filterText]);
      const grouping = groupings.get(name) ?? new Grouping(rule, this.#batch);
      groupings.set(name, grouping);
      grouping.add(state, rule);
    }
    this.groupings = [...groupings.values()];
  }

  /**
   * Groups the open ones of rows.
   * @param onRefused called with the number of rows that are in no group, because there are too many groups
   */
  *sum(rows: Iterable<StoreRow>, onRefused: (rows: number) => void): SlicedWork<void> {
    if (this.groupings.length === 0) return;
    const batch = this.#batch;
    for (const grouping of this.groupings) grouping.begin();
    batch.clear();
    for (const row of rows) {
      if (!row.isOpen) continue;
      batch.rows.push(row);
      if (batch.rows.length === batch.size) yield* this.#add();
    }
    yield* this.#add();
    for (const { refused } of this.groupings) if (refused > 0) onRefused(refused);
  }

  *#add(): SlicedWork<void> {
    for (const grouping of this.groupings) {
      grouping.addBatch();
      yield;
    }
    this.#batch.clear();
  }
}
