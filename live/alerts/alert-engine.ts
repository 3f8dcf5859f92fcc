import { inSlices, type SlicedWork } from '../answers/index.js';
import { timeText } from '../store/index.js';
import type { AlertsJson } from '../wire/index.js';
import type { AlertActions } from './actions.js';
import { AlertBook } from './alert-book.js';
import type { AlertHistory } from './alert-history.js';
import { instanceJson, ruleJson, silencedUntil } from './alert-json.js';
import type { AlertSource, HttpSource } from './alert-source.js';
import { GroupLooks } from './group-looks.js';
import { HttpLooks } from './http-looks.js';
import type { AlertState } from './machine/index.js';
import type { Channel } from './notice.js';
import { RowLooks } from './row-looks.js';
import { RuleState } from './rule-state.js';
import type { AlertRule, ChannelName } from './rules/index.js';

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

/** Longest work in one turn of the event loop, milliseconds. */
const SLICE_MS = 0.7;
/** Alerts in an answer. */
const MAX_SHOWN = 1000;

/** Rules on rows, on groups, and on HTTP. */
interface Looks {
  readonly rows: RowLooks;
  readonly groups: GroupLooks;
  readonly http: HttpLooks;
}

/** Alerts of a collector: looks at all rules once a second, in slices, and tells what began and ended. */
export class AlertEngine {
  readonly #options: AlertEngineOptions;
  readonly #book: AlertBook;
  #states: readonly RuleState[] = [];
  #looks: Looks;
  #isRunning = false;
  #isStopped = false;

  constructor(options: AlertEngineOptions) {
    this.#options = options;
    const { source, channels, actions, onRefused } = options;
    this.#book = new AlertBook({
      ...{ source, channels, actions, onRefused },
      rowsOf: (tracked) =>
        tracked.row === undefined ? this.#looks.groups.rowsOf(tracked, source.rows()) : [tracked.row],
    });
    this.#states = options.rules.map((rule) => new RuleState(rule));
    this.#looks = this.#looksOf(this.#states);
  }

  get rules(): readonly AlertRule[] {
    return this.#states.map(({ rule }) => rule);
  }

  /** The last transitions. */
  get history(): AlertHistory {
    return this.#book.history;
  }

  /** Looks at all rules, after a second has ended. Resolves at the end of the evaluation, which is done in slices. */
  async evaluate(): Promise<void> {
    const { source, elapsedMs, later = setImmediate, onFault } = this.#options;
    // One after the other: the next evaluation looks at what this one has missed.
    this.#looks.rows.note(source.changedRows());
    if (this.#isRunning || this.#isStopped) return;
    this.#isRunning = true;
    try {
      // Not in this turn, in which the store has ended its second.
      await new Promise<void>(later);
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
    for (const state of known.values()) this.#book.endAll(state, 'removed');
    this.#states = states;
    this.#looks = this.#looksOf(states);
    return { rules: rules.length, added, removed: known.size };
  }

  /** Ends all alerts, because the collector stops. */
  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    for (const state of this.#states) this.#book.endAll(state, 'shutdown');
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

  #looksOf(states: readonly RuleState[]): Looks {
    const { http, onRefused } = this.#options;
    return {
      rows: new RowLooks(states, this.#book),
      groups: new GroupLooks(states, this.#book, { http, onRefused }),
      http: new HttpLooks(states, this.#book, http),
    };
  }

  *#evaluation(): SlicedWork<void> {
    const { source } = this.#options;
    const nowUs = source.timeUs;
    this.#book.round++;
    // Rules may be replaced between two steps: then nothing begins for those that were removed.
    const { rows, groups, http } = this.#looks;
    yield* rows.look(source, nowUs);
    yield* groups.look(source.rows(), nowUs);
    yield* http.look(nowUs);
    yield* this.#book.finish(this.#states, nowUs);
  }
}
