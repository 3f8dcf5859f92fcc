import type { StoreRow } from '../store/index.js';
import type { RuleState, Tracked } from './rule-state.js';
import type { ConnectionRule } from './rules/index.js';

/** Rule of connections with its state. */
export interface ConnectionRuleState {
  readonly state: RuleState;
  readonly rule: ConnectionRule;
}

/** Alerts of connections, by row. */
export class RowAlerts {
  readonly #byRow = new Map<StoreRow, Tracked[]>();

  get size(): number {
    return this.#byRow.size;
  }

  get(row: StoreRow): readonly Tracked[] | undefined {
    return this.#byRow.get(row);
  }

  add(row: StoreRow, tracked: Tracked): void {
    const known = this.#byRow.get(row);
    if (known === undefined) this.#byRow.set(row, [tracked]);
    else known.push(tracked);
  }

  delete(row: StoreRow, tracked: Tracked): void {
    const rest = this.#byRow.get(row)?.filter((each) => each !== tracked) ?? [];
    if (rest.length === 0) this.#byRow.delete(row);
    else this.#byRow.set(row, rest);
  }

  /** Returns the names of the alerts of a row that fire, in the order in which they began. */
  namesOf(row: StoreRow): readonly string[] {
    const firing = this.#byRow.get(row)?.filter(({ machine }) => machine.isFiring) ?? [];
    return firing.map(({ state }) => state.rule.name);
  }
}

/** Returns whether a rule holds for a connection: one that its filter leaves out is as if the condition did not hold. */
export function holds({ filter, when }: ConnectionRule, row: StoreRow): boolean | null {
  // The condition first: mostly it does not hold, and then the filter need not be looked at.
  const held = when.evaluate(row);
  if (held === false || filter === null) return held;
  const chosen = filter.evaluate(row);
  return chosen === true ? held : chosen;
}

/** Returns whether a connection is clear of a rule. */
export function isClear(rule: ConnectionRule, row: StoreRow): boolean | null {
  const { filter, clear } = rule;
  if (clear === null) return negated(holds(rule, row));
  const chosen = filter === null ? true : filter.evaluate(row);
  if (chosen === false) return true;
  const cleared = clear.evaluate(row);
  return cleared === true || chosen === true ? cleared : null;
}

/** Not: null stays unknown. */
export function negated(value: boolean | null): boolean | null {
  return value === null ? null : !value;
}
