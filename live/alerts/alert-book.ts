import type { SlicedWork } from '../answers/index.js';
import type { StoreRow } from '../store/index.js';
import type { ActionCause, AlertActions } from './actions.js';
import { AlertHistory } from './alert-history.js';
import { transitionJson } from './alert-json.js';
import type { AlertSource } from './alert-source.js';
import type { Change, Reading } from './machine/index.js';
import type { AlertNotice, Channel } from './notice.js';
import { RowAlerts } from './row-alerts.js';
import { type RuleState, Tracked } from './rule-state.js';
import type { ChannelName } from './rules/index.js';
import { type AlertSubject, labelsOf } from './subject.js';
import { Telling } from './telling.js';

/** Most alerts that are followed. */
export const MAX_INSTANCES = 10_000;
/** Alerts that are looked at in one step. */
const ALERTS_AT_ONCE = 16;

/** Options of {@link AlertBook}. */
export interface AlertBookOptions {
  readonly source: AlertSource;
  readonly channels: ReadonlyMap<ChannelName, Channel>;
  readonly actions: AlertActions | undefined;
  /** Returns the open connections of an alert. */
  readonly rowsOf: (tracked: Tracked) => readonly StoreRow[];
  readonly onRefused: (count: number) => void;
}

/** Alerts of all rules: follows them from their first reading to their end, tells what changed, and begins actions. */
export class AlertBook {
  readonly history = new AlertHistory();
  readonly rowAlerts = new RowAlerts();
  /** Number of the current evaluation. */
  round = 0;
  readonly #options: AlertBookOptions;
  readonly #telling: Telling;
  #firings = 0;
  #size = 0;

  constructor(options: AlertBookOptions) {
    this.#options = options;
    this.#telling = new Telling(options.channels);
  }

  /** Begins to follow an alert. Returns undefined, and counts that, if there are too many; also for a removed rule. */
  track(state: RuleState, key: string, subject: AlertSubject, nowUs: number): Tracked | undefined {
    if (state.isRemoved) return undefined;
    if (this.#size >= MAX_INSTANCES) {
      this.#options.onRefused(1);
      return undefined;
    }
    const tracked = new Tracked(state, key, subject, nowUs);
    state.tracked.set(key, tracked);
    this.#size++;
    if (tracked.row !== undefined) this.rowAlerts.add(tracked.row, tracked);
    return tracked;
  }

  /** Takes the readings of an alert in this round. */
  step(tracked: Tracked, reading: Reading, nowUs: number): void {
    tracked.round = this.round;
    const change = tracked.machine.step(reading, nowUs);
    if (change !== undefined) this.#changedTo(tracked, change, nowUs);
  }

  end(tracked: Tracked, reason: 'closed' | 'removed' | 'shutdown', nowUs: number): void {
    const change = tracked.machine.end(reason);
    if (change !== undefined) this.#changedTo(tracked, change, nowUs);
    if (reason !== 'closed' || tracked.row !== undefined) this.#forget(tracked);
  }

  /** Ends all alerts of a rule. */
  endAll(state: RuleState, reason: 'removed' | 'shutdown'): void {
    state.isRemoved = true;
    for (const tracked of [...state.tracked.values()]) this.end(tracked, reason, this.#options.source.timeUs);
  }

  /** Ends the alerts of a rule that no reading was taken of in this round: their groups have no connection. */
  *endMissing(state: RuleState, nowUs: number): SlicedWork<void> {
    let looked = 0;
    for (const tracked of state.tracked.values()) {
      if (tracked.round !== this.round && tracked.machine.state !== 'idle') this.end(tracked, 'closed', nowUs);
      if (++looked % ALERTS_AT_ONCE === 0) yield;
    }
  }

  /** Tells what waits, and forgets what is idle and does not flap. */
  *finish(states: readonly RuleState[], nowUs: number): SlicedWork<void> {
    for (const state of states) {
      this.#telling.catchUp(state, nowUs, (tracked) =>
        this.#notice(tracked, firingOf(tracked), this.history.seq, nowUs),
      );
      let looked = 0;
      for (const tracked of state.tracked.values()) {
        if (tracked.machine.state === 'idle' && !tracked.machine.remembers(nowUs)) this.#forget(tracked);
        if (++looked % ALERTS_AT_ONCE === 0) yield;
      }
    }
  }

  #forget(tracked: Tracked): void {
    if (!tracked.state.tracked.delete(tracked.key)) return;
    this.#size--;
    if (tracked.row !== undefined) this.rowAlerts.delete(tracked.row, tracked);
  }

  #changedTo(tracked: Tracked, change: Change, nowUs: number): void {
    const isFiring = change.kind === 'firing';
    if (isFiring) tracked.firing = ++this.#firings;
    const notice = this.#notice(tracked, change, this.history.next(), nowUs);
    const isTold = isFiring ? this.#telling.fired(tracked, notice) : this.#telling.ended(tracked, notice);
    const { row } = tracked;
    if (row !== undefined) this.#options.source.setAlerts(row, this.rowAlerts.namesOf(row));
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
    const cause: ActionCause = { rule: name, expression: whenText, value, rows: this.#options.rowsOf(tracked) };
    if (span !== undefined) actions.record?.(cause, span);
    if (watchMs !== undefined) tracked.endWatch = actions.watch?.(cause, watchMs);
  }
}

/** Returns the beginning of an alert that fires already. */
function firingOf({ machine: { value, firedUs } }: Tracked): Change {
  return { kind: 'firing', value, worst: value, sinceUs: firedUs };
}
