import type { StoreRow } from '../store/index.js';
import { AlertInstance } from './machine/index.js';
import type { RuleState } from './rule-state.js';
import type { AlertSubject } from './subject.js';

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
