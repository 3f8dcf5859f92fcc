import { type HttpRates, inSlices, type SlicedWork } from '../answers/index.js';
import { type StoreRow, timeText } from '../store/index.js';
import type { AlertsJson } from '../wire/index.js';
import type { AlertActions } from './actions.js';
import { AlertHistory } from './alert-history.js';
import { instanceJson, ruleJson, silencedUntil, transitionJson } from './alert-json.js';
import type { GroupSums } from './group-sums.js';
import { type GroupedRule, type Grouping, groupingsOf } from './grouping.js';
import type { AlertState, Change, Reading } from './machine/index.js';
import type { AlertNotice, Channel } from './notice.js';
import { type ConnectionRuleState, holds, isClear, negated, RowAlerts } from './row-alerts.js';
import { RuleState, Tracked } from './rule-state.js';
import type { AlertRule, ChannelName, ConnectionRule, GroupSubject, HttpRule } from './rules/index.js';
import { type AlertSubject, labelsOf } from './subject.js';
import { Telling } from './telling.js';

/** Connections that rules look at: a live store. */
export interface AlertSource {
  /** Time of the values, microseconds since 1970. */
  readonly timeUs: number;
  /** Number of the second. */
  readonly generation: number;
  rows(): Iterable<StoreRow>;
  /** Rows whose values may differ from those of the second before. */
  changedRows(): readonly StoreRow[];
  /** Sets the names of the alerts of a row that fire. */
  setAlerts(row: StoreRow, names: readonly string[]): void;
}

/** HTTP that rules look at. */
export interface HttpSource {
  /** Returns the HTTP of the machine, of the last 10 whole seconds. */
  machine(): HttpRates;
  /** Returns that of hosts, or of their sections. */
  subjects(by: 'host' | 'section'): readonly HttpRates[];
}

/** Options of {@link AlertEngine}. */
export interface AlertEngineOptions {
  readonly rules: readonly AlertRule[];
  readonly source: AlertSource;
  /** Absent: HTTP is not read, and its values are unknown. */
  readonly http?: HttpSource;
  readonly channels: ReadonlyMap<ChannelName, Channel>;
  readonly actions?: AlertActions;
  /** Time that grows evenly, milliseconds. */
  readonly elapsedMs: () => number;
  /** Schedules the next slice of an evaluation (default: setImmediate). */
  readonly later?: (work: () => void) => void;
  /** Called with the number of alerts that are not followed, because there are too many. */
  readonly onRefused: (count: number) => void;
  /** Called with an unexpected error. */
  readonly onFault: (error: unknown) => void;
}

/** Most alerts that are followed. */
export const MAX_INSTANCES = 10_000;
/** Longest work in one turn of the event loop, milliseconds. */
const SLICE_MS = 0.7;
/** Rows that are looked at in one step, by all rules. */
const ROWS_AT_ONCE = 8;
/** Alerts in an answer. */
const MAX_SHOWN = 1000;

/**
 * Alerts of a collector: looks at all rules once a second, in slices, and tells what began and ended. Rules on
 * connections look only at those with a record in the last second or the one before, unless they read values that change
 * without one, and at those with an alert.
 */
export class AlertEngine {
  readonly history = new AlertHistory();
  readonly #options: AlertEngineOptions;
  readonly #telling: Telling;
  readonly #rowAlerts = new RowAlerts();
  #states: readonly RuleState[] = [];
  #connectionRules: readonly ConnectionRuleState[] = [];
  #volatileRules: readonly ConnectionRuleState[] = [];
  #groupings: readonly Grouping[] = [];
  #round = 0;
  #firings = 0;
  #size = 0;
  #isRunning = false;
  #isStopped = false;
  /** True if rules have to look at all rows, because they are new. */
  #isFresh = true;
  /** Rows with changes that no round has looked at. */
  #changed: StoreRow[] = [];

  constructor(options: AlertEngineOptions) {
    this.#options = options;
    this.#telling = new Telling(options.channels);
    this.#use(options.rules.map((rule) => new RuleState(rule)));
  }

  get rules(): readonly AlertRule[] {
    return this.#states.map(({ rule }) => rule);
  }

  /** Looks at all rules, after a second has ended. Resolves at the end of the evaluation, which is done in slices. */
  async evaluate(): Promise<void> {
    const { source, elapsedMs, later = setImmediate, onFault } = this.#options;
    // One after the other: the next evaluation looks at what this one has missed.
    for (const row of source.changedRows()) this.#changed.push(row);
    if (this.#isRunning || this.#isStopped) return;
    this.#isRunning = true;
    try {
      await inSlices(this.#evaluation(), { elapsedMs, later, sliceMs: SLICE_MS });
    } catch (error) {
      onFault(error);
    } finally {
      this.#isRunning = false;
    }
  }

  /** Replaces the rules. Alerts of rules that are not the same any more end; those of the others go on. */
  replace(rules: readonly AlertRule[]): { readonly rules: number; readonly added: number; readonly removed: number } {
    const known = new Map(this.#states.map((state) => [state.rule.source, state]));
    const states = rules.map((rule) => {
      const state = known.get(rule.source);
      known.delete(rule.source);
      return state ?? new RuleState(rule);
    });
    const added = states.filter((state) => !this.#states.includes(state)).length;
    for (const state of known.values()) this.#endAll(state, 'removed');
    this.#use(states);
    return { rules: rules.length, added, removed: known.size };
  }

  /** Ends all alerts, because the collector stops. */
  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    for (const state of this.#states) this.#endAll(state, 'shutdown');
  }

  /**
   * Silences a rule for a while; 0 ends that.
   * @returns the time until which it is silenced, RFC 3339, null if it is not; undefined for an unknown rule
   */
  silence(name: string, forSec: number): string | null | undefined {
    const state = this.#states.find(({ rule }) => rule.name === name);
    if (state === undefined) return undefined;
    const nowUs = this.#options.source.timeUs;
    state.silencedUntilUs = forSec === 0 ? 0 : nowUs + forSec * 1e6;
    return silencedUntil(state, nowUs);
  }

  /** Returns the number of alerts of each rule in each state. */
  counts(): readonly { readonly rule: string; readonly counts: Record<AlertState, number> }[] {
    return this.#states.map((state) => ({ rule: state.rule.name, counts: state.counts() }));
  }

  /** Number of alerts that fire, those that recover included. */
  get firing(): number {
    return this.counts().reduce((sum, { counts: { firing, recovering } }) => sum + firing + recovering, 0);
  }

  /** Returns rules, alerts and history as JSON. */
  json(): AlertsJson {
    const nowUs = this.#options.source.timeUs;
    const all = this.#states.flatMap(({ tracked }) => [...tracked.values()]);
    const instances = ['firing', 'recovering', 'pending'].flatMap((state) =>
      all.filter(({ machine }) => machine.state === state),
    );
    return {
      time: timeText(nowUs),
      rules: this.#states.map((state) => ruleJson(state, nowUs)),
      instanceCount: instances.length,
      instances: instances.slice(0, MAX_SHOWN).flatMap((each) => instanceJson(each) ?? []),
      history: this.history.since(0).toReversed(),
    };
  }

  #use(states: readonly RuleState[]): void {
    this.#states = states;
    this.#connectionRules = states.flatMap((state) =>
      state.rule.kind === 'connection' ? [{ state, rule: state.rule }] : [],
    );
    this.#volatileRules = this.#connectionRules.filter(({ rule }) => rule.isVolatile);
    this.#groupings = groupingsOf(states);
    this.#isFresh = true;
  }

  *#evaluation(): SlicedWork<void> {
    const { source } = this.#options;
    const nowUs = source.timeUs;
    this.#round++;
    const changed = this.#changed;
    this.#changed = [];
    const isFresh = this.#isFresh;
    this.#isFresh = false;
    const needsAll = isFresh || this.#volatileRules.length > 0 || this.#groupings.length > 0;
    const all = needsAll ? [...source.rows()] : [];
    // A rule may be replaced between two steps: then the rest of them is for the next round.
    yield* this.#lookAtRows(isFresh ? all : changed, this.#connectionRules, nowUs);
    if (!isFresh && this.#volatileRules.length > 0) {
      const seen = new Set(changed);
      const others = all.filter((row) => row.isOpen && !seen.has(row));
      yield* this.#lookAtRows(others, this.#volatileRules, nowUs);
    }
    yield* this.#lookAgain(nowUs);
    for (const grouping of this.#groupings) yield* this.#lookAtGroups(grouping, all, nowUs);
    for (const state of this.#states) {
      if (state.rule.kind === 'http') this.#lookAtHttp(state, state.rule, nowUs);
      yield;
    }
    this.#finish(nowUs);
  }

  /** Looks at rows without an alert, and at those with one. */
  *#lookAtRows(rows: readonly StoreRow[], rules: readonly ConnectionRuleState[], nowUs: number): SlicedWork<void> {
    for (let i = 0; i < rows.length; i++) {
      if (i % ROWS_AT_ONCE === ROWS_AT_ONCE - 1) yield;
      const row = rows[i];
      if (row?.isOpen !== true) continue;
      const known = this.#rowAlerts.get(row);
      for (let k = 0; k < rules.length; k++) {
        const each = rules[k];
        if (each === undefined) continue;
        const tracked = known?.find(({ state }) => state === each.state);
        if (tracked !== undefined) this.#lookAtRow(tracked, each.rule, row, nowUs);
        else if (holds(each.rule, row) === true) this.#begin(each, row, nowUs);
      }
    }
  }

  #begin({ state, rule }: ConnectionRuleState, row: StoreRow, nowUs: number): void {
    const tracked = this.#track(state, row.key, { kind: 'connection', row }, nowUs);
    if (tracked === undefined) return;
    this.#rowAlerts.add(row, tracked);
    this.#lookAtRow(tracked, rule, row, nowUs);
  }

  #lookAtRow(tracked: Tracked, rule: ConnectionRule, row: StoreRow, nowUs: number): void {
    tracked.round = this.#round;
    const isFiring = tracked.machine.isFiring;
    const reading: Reading = {
      when: isFiring ? null : holds(rule, row),
      clear: isFiring ? isClear(rule, row) : null,
      value: rule.read?.(row) ?? null,
    };
    this.#step(tracked, reading, nowUs);
  }

  /** Looks at connections with an alert that had no record. */
  *#lookAgain(nowUs: number): SlicedWork<void> {
    for (const { state, rule } of this.#connectionRules) {
      for (const tracked of state.tracked.values()) {
        const { row } = tracked;
        if (row === undefined || tracked.round === this.#round) continue;
        if (row.isOpen) this.#lookAtRow(tracked, rule, row, nowUs);
        else this.#end(tracked, 'closed', nowUs);
        yield;
      }
    }
  }

  *#lookAtGroups(grouping: Grouping, all: readonly StoreRow[], nowUs: number): SlicedWork<void> {
    const groups = yield* grouping.groups(all, this.#options.onRefused);
    const http = grouping.rules.some(({ rule }) => rule.usesHttp) ? (this.#options.http?.machine() ?? null) : null;
    for (const sums of groups) {
      for (const each of grouping.rules) this.#lookAtGroup(each, grouping, sums, http, nowUs);
      yield;
    }
    for (const { state } of grouping.rules) yield* this.#endMissing(state, nowUs);
  }

  #lookAtGroup(
    { state, rule, when, clear }: GroupedRule,
    grouping: Grouping,
    sums: GroupSums,
    http: HttpRates | null,
    nowUs: number,
  ): void {
    const subject: GroupSubject = { aggregates: when.map((index) => sums.value(index)), http };
    const held = rule.when.evaluate(subject);
    const key = JSON.stringify(sums.key);
    const known = state.tracked.get(key);
    if (known === undefined && held !== true) return;
    const { names } = grouping;
    const tracked = known ?? this.#track(state, key, { kind: 'group', by: names, key: sums.key }, nowUs);
    if (tracked === undefined) return;
    tracked.round = this.#round;
    const cleared =
      rule.clear === null
        ? negated(held)
        : rule.clear.evaluate({ aggregates: clear.map((index) => sums.value(index)), http });
    this.#step(tracked, { when: held, clear: cleared, value: rule.read?.(subject) ?? null }, nowUs);
  }

  #lookAtHttp(state: RuleState, rule: HttpRule, nowUs: number): void {
    for (const subject of this.#options.http?.subjects(rule.by) ?? []) {
      if (rule.filter !== null && rule.filter(subject) !== true) continue;
      const held = rule.when.evaluate(subject);
      const { host, section } = subject;
      const key = JSON.stringify([host, section]);
      const known = state.tracked.get(key);
      if (known === undefined && held !== true) continue;
      const tracked = known ?? this.#track(state, key, { kind: 'http', host, section }, nowUs);
      if (tracked !== undefined) this.#stepHttp(tracked, rule, subject, nowUs);
    }
    for (const tracked of state.tracked.values()) {
      if (tracked.round === this.#round || tracked.subject.kind !== 'http') continue;
      // No request in 10 s.
      const { host, section } = tracked.subject;
      const quiet = { host, section, requestsPerSec: 0, responsesPerSec: section === null ? 0 : null };
      this.#stepHttp(tracked, rule, { ...quiet, errorRate: null, ttfbUs: null }, nowUs);
    }
  }

  #stepHttp(tracked: Tracked, rule: HttpRule, subject: HttpRates, nowUs: number): void {
    tracked.round = this.#round;
    const held = rule.when.evaluate(subject);
    const clear = rule.clear === null ? negated(held) : rule.clear.evaluate(subject);
    this.#step(tracked, { when: held, clear, value: rule.read?.(subject) ?? null }, nowUs);
  }

  /** Ends the alerts of groups that have no connection any more. */
  *#endMissing(state: RuleState, nowUs: number): SlicedWork<void> {
    for (const tracked of state.tracked.values()) {
      if (tracked.round !== this.#round && tracked.machine.state !== 'idle') this.#end(tracked, 'closed', nowUs);
      yield;
    }
  }

  #track(state: RuleState, key: string, subject: AlertSubject, nowUs: number): Tracked | undefined {
    if (this.#size >= MAX_INSTANCES) {
      this.#options.onRefused(1);
      return undefined;
    }
    const tracked = new Tracked(state, key, subject, nowUs);
    state.tracked.set(key, tracked);
    this.#size++;
    return tracked;
  }

  #forget(tracked: Tracked): void {
    if (!tracked.state.tracked.delete(tracked.key)) return;
    this.#size--;
    if (tracked.row !== undefined) this.#rowAlerts.delete(tracked.row, tracked);
  }

  #step(tracked: Tracked, reading: Reading, nowUs: number): void {
    const change = tracked.machine.step(reading, nowUs);
    if (change !== undefined) this.#changedTo(tracked, change, nowUs);
  }

  #end(tracked: Tracked, reason: 'closed' | 'removed' | 'shutdown', nowUs: number): void {
    const change = tracked.machine.end(reason);
    if (change !== undefined) this.#changedTo(tracked, change, nowUs);
    if (reason !== 'closed' || tracked.row !== undefined) this.#forget(tracked);
  }

  #endAll(state: RuleState, reason: 'removed' | 'shutdown'): void {
    for (const tracked of [...state.tracked.values()]) this.#end(tracked, reason, this.#options.source.timeUs);
  }

  #changedTo(tracked: Tracked, change: Change, nowUs: number): void {
    const isFiring = change.kind === 'firing';
    if (isFiring) tracked.firing = ++this.#firings;
    const notice = this.#notice(tracked, change, this.history.next(), nowUs);
    const isTold = isFiring ? this.#telling.fired(tracked, notice) : this.#telling.ended(tracked, notice);
    const { row } = tracked;
    if (row !== undefined) this.#options.source.setAlerts(row, this.#rowAlerts.namesOf(row));
    if (isFiring) this.#act(tracked, change);
    else {
      tracked.endWatch?.();
      tracked.endWatch = undefined;
    }
    this.history.add(transitionJson(notice, isTold));
  }

  #notice(tracked: Tracked, change: Change, seq: number, timeUs: number): AlertNotice {
    const { subject, row, firing, state } = tracked;
    const howEnded = row === undefined || row.isOpen ? null : row.howEnded;
    const uuid = row?.identity.uuid ?? null;
    const { generation } = this.#options.source;
    return { ...change, rule: state.rule, seq, generation, firing, timeUs, labels: labelsOf(subject), uuid, howEnded };
  }

  #act(tracked: Tracked, { value }: Change): void {
    const { record: span, watchMs, name, whenText } = tracked.state.rule;
    const { actions } = this.#options;
    if (actions === undefined || (span === undefined && watchMs === undefined)) return;
    const cause = { rule: name, expression: whenText, value, rows: this.#rowsOf(tracked) };
    if (span !== undefined) actions.record?.(cause, span);
    if (watchMs !== undefined) tracked.endWatch = actions.watch?.(cause, watchMs);
  }

  #rowsOf({ state, subject }: Tracked): readonly StoreRow[] {
    if (subject.kind === 'connection') return [subject.row];
    if (subject.kind === 'http') return [];
    const grouping = this.#groupings.find(({ rules }) => rules.some((each) => each.state === state));
    return grouping?.rowsOf(subject.key, this.#options.source.rows()) ?? [];
  }

  /** Tells what waits, and forgets what is idle and does not flap. */
  #finish(nowUs: number): void {
    for (const state of this.#states) {
      this.#telling.catchUp(state, nowUs, (tracked) =>
        this.#notice(tracked, firingOf(tracked), this.history.seq, nowUs),
      );
      for (const tracked of state.tracked.values()) {
        if (tracked.machine.state === 'idle' && !tracked.machine.remembers(nowUs)) this.#forget(tracked);
      }
    }
  }
}

/** Returns the beginning of an alert that fires already. */
function firingOf({ machine: { value, firedUs } }: Tracked): Change {
  return { kind: 'firing', value, worst: value, sinceUs: firedUs };
}
