import type { BatchChoice, RowBatch, Test } from '../../expression/index.js';
import type { SlicedWork } from '../answers/index.js';
import type { StoreRow } from '../store/index.js';
import { newBatch } from './new-batch.js';
import type { ConnectionRuleState } from './row-alerts.js';
import type { RuleState } from './rule-state.js';

/** Rules that are looked at in one step. */
const RULES_AT_ONCE = 4;

/** Actions of a {@link RowScan}. */
export interface RowScanner {
  /** Called for each open row, before the conditions are looked at. */
  readonly row: (row: StoreRow) => void;
  /** Called for each rule that holds for a row. */
  readonly holds: (each: ConnectionRuleState, row: StoreRow) => void;
}

/** Rules of connections: evaluates the conditions of all of them on many rows at a time. */
export class RowScan {
  readonly states: ReadonlySet<RuleState>;
  readonly #batch: RowBatch<StoreRow> = newBatch();
  readonly #rules: readonly { readonly each: ConnectionRuleState; readonly choice: BatchChoice }[];

  constructor(rules: readonly ConnectionRuleState[]) {
    this.states = new Set(rules.map(({ state }) => state));
    this.#rules = rules.map((each) => ({ each, choice: this.#batch.choice(testsOf(each)) }));
  }

  /** Looks at the open ones of rows. */
  *over(rows: Iterable<StoreRow>, scanner: RowScanner): SlicedWork<void> {
    if (this.#rules.length === 0) return;
    const batch = this.#batch;
    batch.clear();
    for (const row of rows) {
      if (!row.isOpen) continue;
      batch.rows.push(row);
      if (batch.rows.length === batch.size) yield* this.#look(scanner);
    }
    yield* this.#look(scanner);
  }

  *#look(scanner: RowScanner): SlicedWork<void> {
    const { rows, all } = this.#batch;
    if (rows.length === 0) return;
    for (const row of rows) scanner.row(row);
    for (let i = 0; i < this.#rules.length; i++) {
      const rule = this.#rules[i];
      if (rule === undefined) continue;
      const { choice, each } = rule;
      const count = choice.choose(all, rows.length);
      for (let j = 0; j < count; j++) {
        const row = rows[choice.chosen[j] ?? 0];
        if (row !== undefined) scanner.holds(each, row);
      }
      if (i % RULES_AT_ONCE === RULES_AT_ONCE - 1) yield;
    }
    this.#batch.clear();
    yield;
  }
}

/** Returns the tests of a rule: the condition first, as mostly it does not hold, and then the filter is not looked at. */
function testsOf({ rule: { when, filter } }: ConnectionRuleState): readonly Test<StoreRow>[] {
  return filter === null ? [when.test] : [when.test, filter.test];
}
