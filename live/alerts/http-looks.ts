import type { HttpRates, SlicedWork } from '../answers/index.js';
import type { AlertBook } from './alert-book.js';
import type { HttpSource } from './alert-source.js';
import { negated } from './row-alerts.js';
import type { RuleState, Tracked } from './rule-state.js';
import type { HttpRule } from './rules/index.js';

/** Hosts that are looked at in one step. */
const SUBJECTS_AT_ONCE = 16;

/** Rules on hosts of HTTP requests, and on their sections. */
export class HttpLooks {
  readonly #book: AlertBook;
  readonly #rules: readonly { readonly state: RuleState; readonly rule: HttpRule }[];
  readonly #http: HttpSource | undefined;

  constructor(states: readonly RuleState[], book: AlertBook, http: HttpSource | undefined) {
    this.#book = book;
    this.#rules = states.flatMap((state) => (state.rule.kind === 'http' ? [{ state, rule: state.rule }] : []));
    this.#http = http;
  }

  *look(nowUs: number): SlicedWork<void> {
    for (const { state, rule } of this.#rules) yield* this.#lookAt(state, rule, nowUs);
  }

  *#lookAt(state: RuleState, rule: HttpRule, nowUs: number): SlicedWork<void> {
    let looked = 0;
    for (const subject of this.#http?.subjects(rule.by) ?? []) {
      if (++looked % SUBJECTS_AT_ONCE === 0) yield;
      if (rule.filter !== null && !rule.filter.matches(subject)) continue;
      const held = rule.when.evaluate(subject);
      const { host, section } = subject;
      const key = JSON.stringify([host, section]);
      const known = state.tracked.get(key);
      if (known === undefined && held !== true) continue;
      const tracked = known ?? this.#book.track(state, key, { kind: 'http', host, section }, nowUs);
      if (tracked !== undefined) this.#step(tracked, rule, subject, nowUs);
    }
    for (const tracked of state.tracked.values()) {
      if (++looked % SUBJECTS_AT_ONCE === 0) yield;
      if (tracked.round === this.#book.round || tracked.subject.kind !== 'http') continue;
      // No request in 10 s.
      const { host, section } = tracked.subject;
      const quiet = { host, section, requestsPerSec: 0, responsesPerSec: section === null ? 0 : null };
      this.#step(tracked, rule, { ...quiet, errorRate: null, ttfbUs: null }, nowUs);
    }
  }

  #step(tracked: Tracked, rule: HttpRule, subject: HttpRates, nowUs: number): void {
    const held = rule.when.evaluate(subject);
    const clear = rule.clear === null ? negated(held) : rule.clear.evaluate(subject);
    this.#book.step(tracked, { when: held, clear, value: rule.read?.(subject) ?? null }, nowUs);
  }
}
