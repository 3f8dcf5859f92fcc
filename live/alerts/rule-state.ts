import type { AlertState } from './machine/index.js';
import type { AlertRule } from './rules/index.js';
import type { Tracked } from './tracked.js';

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
