import { type Limit, limitedBy } from './limited-by.js';
import type { Moved } from './moved.js';
import type { Observation } from './observation.js';
import { hasWork, type TimeParts } from './time-parts.js';

const NOTHING_MOVED: Moved = {
  out: false,
  in: false,
  isBurst: false,
  last: undefined,
  acknowledged: undefined,
  isCrossing: false,
  isInTurn: false,
  isPart: false,
  isShort: false,
  exchanges: 0,
  isRest: false,
};
const FREE: TimeParts = { free: 1, rwnd: 0, sndbuf: 0, rest: 0 };
const BUSY: TimeParts = { free: 0, rwnd: 0, sndbuf: 0, rest: 1 };

/**
 * Determines what limits a connection that stands still, from one snapshot: the rule of `LimitRule` for an interval in
 * which nothing moved. Null if unknown.
 */
export function standingLimit(o: Observation): Limit | null {
  return limitedBy({
    before: o,
    now: o,
    parts: hasWork(o) ? BUSY : FREE,
    moved: NOTHING_MOVED,
    turn: 'none',
    asks: false,
    answers: false,
    heldDown: false,
    sendRate: 0,
    heldUpBy: null,
  });
}
