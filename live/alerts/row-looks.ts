import type { SlicedWork } from '../answers/index.js';
import type { StoreRow } from '../store/index.js';
import type { AlertBook } from './alert-book.js';
import type { AlertSource } from './alert-source.js';
import { type ConnectionRuleState, holds, isClear } from './row-alerts.js';
import { RowScan } from './row-scan.js';
import type { RuleState, Tracked } from './rule-state.js';
import type { ConnectionRule } from './rules/index.js';

/**
 * Rules on connections. They look only at those with a record in the last second or the one before, unless they read
 * values that change without one, and at those with an alert.
 */
export class RowLooks {
  readonly #book: AlertBook;
  readonly #rules: readonly ConnectionRuleState[];
  readonly #all: RowScan;
  readonly #volatile: RowScan;
  readonly #steady: RowScan;
  /** True if rules have to look at all rows, because they are new. */
  #isFresh = true;
  /** Rows with changes that no round has looked at. */
  #changed: (readonly StoreRow[])[] = [];

  constructor(states: readonly RuleState[], book: AlertBook) {
    this.#book = book;
    this.#rules = states.flatMap((state) => (state.rule.kind === 'connection' ? [{ state, rule: state.rule }] : []));
    this.#all = new RowScan(this.#rules);
    this.#volatile = new RowScan(this.#rules.filter(({ rule }) => rule.isVolatile));
    this.#steady = new RowScan(this.#rules.filter(({ rule }) => !rule.isVolatile));
  }

  /** Notes the rows whose values may differ from those of the second before. */
  note(changed: readonly StoreRow[]): void {
    if (this.#rules.length > 0) this.#changed.push(changed);
  }

  /** Looks at the rows of a source. */
  *look(source: AlertSource, nowUs: number): SlicedWork<void> {
    const changed = this.#changed;
    this.#changed = [];
    if (this.#isFresh) {
      this.#isFresh = false;
      yield* this.#scan(this.#all, source.rows(), nowUs);
    } else {
      yield* this.#scan(this.#steady, changed.length === 1 ? (changed[0] ?? []) : changed.flat(), nowUs);
      yield* this.#scan(this.#volatile, source.rows(), nowUs);
    }
    yield* this.#lookAgain(nowUs);
  }

  #scan(scan: RowScan, rows: Iterable<StoreRow>, nowUs: number): SlicedWork<void> {
    const { rowAlerts } = this.#book;
    return scan.over(rows, {
      row: (row) => {
        if (rowAlerts.size === 0) return;
        for (const tracked of rowAlerts.get(row) ?? []) {
          const { rule } = tracked.state;
          if (rule.kind === 'connection' && scan.states.has(tracked.state)) this.#lookAt(tracked, rule, row, nowUs);
        }
      },
      holds: ({ state, rule }, row) => {
        if (rowAlerts.get(row)?.some((tracked) => tracked.state === state) === true) return;
        const tracked = this.#book.track(state, row.key, { kind: 'connection', row }, nowUs);
        if (tracked !== undefined) this.#lookAt(tracked, rule, row, nowUs);
      },
    });
  }

  #lookAt(tracked: Tracked, rule: ConnectionRule, row: StoreRow, nowUs: number): void {
    const { isFiring } = tracked.machine;
    const when = isFiring ? null : holds(rule, row);
    const clear = isFiring ? isClear(rule, row) : null;
    this.#book.step(tracked, { when, clear, value: rule.read?.(row) ?? null }, nowUs);
  }

  /** Looks at connections with an alert that had no record. */
  *#lookAgain(nowUs: number): SlicedWork<void> {
    const { round } = this.#book;
    for (const { state, rule } of this.#rules) {
      for (const tracked of state.tracked.values()) {
        const { row } = tracked;
        if (row === undefined || tracked.round === round) continue;
        if (row.isOpen) this.#lookAt(tracked, rule, row, nowUs);
        else this.#book.end(tracked, 'closed', nowUs);
        yield;
      }
    }
  }
}
