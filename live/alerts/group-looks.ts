import type { HttpRates, SlicedWork } from '../answers/index.js';
import type { StoreRow } from '../store/index.js';
import type { AlertBook } from './alert-book.js';
import type { HttpSource } from './alert-source.js';
import { GroupScan } from './group-scan.js';
import type { GroupedRule, Grouping } from './grouping.js';
import { negated } from './row-alerts.js';
import type { RuleState, Tracked } from './rule-state.js';
import type { GroupSubject } from './rules/index.js';

/** Rules on groups of connections, and on the machine. */
export class GroupLooks {
  readonly #book: AlertBook;
  readonly #scan: GroupScan;
  readonly #http: HttpSource | undefined;
  readonly #onRefused: (count: number) => void;

  constructor(
    states: readonly RuleState[],
    book: AlertBook,
    { http, onRefused }: { readonly http: HttpSource | undefined; readonly onRefused: (count: number) => void },
  ) {
    this.#book = book;
    this.#scan = new GroupScan(states);
    this.#http = http;
    this.#onRefused = onRefused;
  }

  /** Groups rows, and looks at the groups. */
  *look(rows: Iterable<StoreRow>, nowUs: number): SlicedWork<void> {
    yield* this.#scan.sum(rows, this.#onRefused);
    for (const grouping of this.#scan.groupings) {
      const usesHttp = grouping.rules.some(({ rule }) => rule.usesHttp);
      const http = usesHttp ? (this.#http?.machine() ?? null) : null;
      for (let group = 0; group < grouping.table.size; group++) {
        if (grouping.table.isPresent(group)) this.#lookAt(grouping, group, http, nowUs);
        yield;
      }
      for (const { state } of grouping.rules) yield* this.#book.endMissing(state, nowUs);
    }
  }

  /** Returns the open connections of an alert. */
  rowsOf({ state, subject }: Tracked, rows: Iterable<StoreRow>): readonly StoreRow[] {
    if (subject.kind !== 'group') return [];
    const grouping = this.#scan.groupings.find(({ rules }) => rules.some((each) => each.state === state));
    return grouping?.rowsOf(subject.key, rows) ?? [];
  }

  #lookAt(grouping: Grouping, group: number, http: HttpRates | null, nowUs: number): void {
    const { table, names, rules } = grouping;
    const values = new GroupValues(grouping, group, http);
    const key = table.keyOf(group);
    let text: string | undefined;
    for (const each of rules) {
      const { state, rule } = each;
      const subject = values.of(each.when);
      const held = rule.when.evaluate(subject);
      // Mostly nothing holds, and the key is not needed.
      if (held !== true && state.tracked.size === 0) continue;
      text ??= JSON.stringify(key);
      const known = state.tracked.get(text);
      if (known === undefined && held !== true) continue;
      const tracked = known ?? this.#book.track(state, text, { kind: 'group', by: names, key }, nowUs);
      if (tracked === undefined) continue;
      const value = rule.read?.(subject) ?? null;
      this.#book.step(tracked, { when: held, clear: clearOf(each, held, values), value }, nowUs);
    }
  }
}

function clearOf({ rule, clear }: GroupedRule, held: boolean | null, values: GroupValues): boolean | null {
  return rule.clear === null ? negated(held) : rule.clear.evaluate(values.of(clear));
}

/** Values of the aggregates of one group, each calculated once. */
class GroupValues {
  readonly #grouping: Grouping;
  readonly #group: number;
  readonly #http: HttpRates | null;
  readonly #known: (number | undefined)[] = [];

  constructor(grouping: Grouping, group: number, http: HttpRates | null) {
    this.#grouping = grouping;
    this.#group = group;
    this.#http = http;
  }

  /** Returns the group as an expression with these aggregates sees it. */
  of(aggregates: readonly number[]): GroupSubject {
    return { aggregates: aggregates.map((aggregate) => this.#value(aggregate)), http: this.#http };
  }

  #value(aggregate: number): number {
    const value = this.#known[aggregate] ?? this.#grouping.table.value(aggregate, this.#group);
    this.#known[aggregate] = value;
    return value;
  }
}
