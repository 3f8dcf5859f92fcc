import type { StoreRow } from '../store/index.js';
import { AlertInstance, type AlertState } from './machine/index.js';
import type { AlertRule } from './rules/index.js';
import type { AlertSubject } from './subject.js';

/** Rule with its alerts. */
export class RuleState {
  /** Alerts by their key; those that are idle are kept while their firings count. */
  readonly tracked = new Map<string, Tracked>();
  /** Alerts that fire and were not told, in the order in which they fired. */
  readonly untold = new Set<Tracked>();
  /** Number of alerts that fire and were told. */
  told = 0;
  /** Time until which nothing is told, microseconds since 1970; 0: not silenced. */
  silencedUntilUs = 0;
  /** Time when "and N more" was told last, microseconds since 1970. */
  moreToldUs = 0;
  /** Number of untold alerts as it was told last. */
  moreTold = 0;

  /** True once its alerts have ended for good: none begins any more. */
  isRemoved = false;

  constructor(public rule: AlertRule) {}

  /** Counts the alerts in each state. */
  counts(): Record<AlertState, number> {
    const counts = { pending: 0, firing: 0, recovering: 0 };
    for (const { machine } of this.tracked.values()) if (machine.state !== 'idle') counts[machine.state]++;
    return counts;
  }

  isSilenced(nowUs: number): boolean {
    return nowUs < this.silencedUntilUs;
  }
}

/** Alert of a rule for one subject. */
export class Tracked {
  readonly machine: AlertInstance;
  /** True if its last firing was told. */
  isTold = false;
  /** Number of its last firing, which is told on channels once; 0 before the first. */
  firing = 0;
  /** Round in which it was looked at last. */
  round = 0;
  /** Ends the watch that began when it fired. */
  endWatch: (() => void) | undefined;

  constructor(
    readonly state: RuleState,
    /** Key among the alerts of the rule. */
    readonly key: string,
    readonly subject: AlertSubject,
    nowUs: number,
  ) {
    this.machine = new AlertInstance(state.rule, nowUs);
  }

  /** Connection; undefined for other subjects. */
  get row(): StoreRow | undefined {
    return this.subject.kind === 'connection' ? this.subject.row : undefined;
  }
}
