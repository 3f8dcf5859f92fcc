import type { AlertNotice, Channel, Notice } from './notice.js';
import type { RuleState, Tracked } from './rule-state.js';
import type { ChannelName } from './rules/index.js';

/** Alerts of one rule that are told at a time; of more only the number is. */
const MAX_TOLD = 20;
/** Time between two words about the number. */
const MORE_EVERY_US = 10_000_000;

/** Decides which alerts are told, and tells them on the channels of their rules. */
export class Telling {
  readonly #channels: ReadonlyMap<ChannelName, Channel>;

  constructor(channels: ReadonlyMap<ChannelName, Channel>) {
    this.#channels = channels;
  }

  /** Takes the beginning of an alert. Returns whether it is told. */
  fired(tracked: Tracked, notice: AlertNotice): boolean {
    const { state } = tracked;
    tracked.isTold = state.told < MAX_TOLD && !state.isSilenced(notice.timeUs);
    if (!tracked.isTold) {
      state.untold.add(tracked);
      return false;
    }
    state.told++;
    this.#tell(notice);
    return true;
  }

  /** Takes the end of an alert, which is told if its beginning was. Returns whether it is. */
  ended(tracked: Tracked, notice: AlertNotice): boolean {
    const { state, isTold } = tracked;
    state.untold.delete(tracked);
    tracked.isTold = false;
    if (!isTold) return false;
    state.told--;
    this.#tell(notice);
    return true;
  }

  /**
   * Tells what had to wait: alerts for which there is room now, and the number of the others.
   * @param noticeOf returns the beginning of an alert that fires
   */
  catchUp(state: RuleState, nowUs: number, noticeOf: (tracked: Tracked) => AlertNotice): void {
    if (state.isSilenced(nowUs)) return;
    for (const tracked of state.untold) {
      if (state.told >= MAX_TOLD) break;
      state.untold.delete(tracked);
      tracked.isTold = true;
      state.told++;
      this.#tell(noticeOf(tracked));
    }
    const count = state.untold.size;
    if (count === state.moreTold || nowUs - state.moreToldUs < MORE_EVERY_US) return;
    state.moreTold = count;
    state.moreToldUs = nowUs;
    if (count > 0) this.#tell({ kind: 'more', rule: state.rule, timeUs: nowUs, count });
  }

  #tell(notice: Notice): void {
    for (const [name, channel] of this.#channels) {
      if (notice.rule.to === undefined || notice.rule.to.includes(name)) channel.tell(notice);
    }
  }
}
