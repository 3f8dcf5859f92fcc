/** States of an alert that are not idle. */
export const ALERT_STATES = ['pending', 'firing', 'recovering'] as const;
/** One of {@link ALERT_STATES}. */
export type AlertState = (typeof ALERT_STATES)[number];

/** Time for which a value may be unknown before it counts as good. */
export const UNKNOWN_US = 10_000_000;
/** Time in which earlier firings lengthen `clearFor`. */
export const FLAP_WINDOW_US = 3_600_000_000;
/** Earlier firings that count: ×2 for each, at most ×8. */
const MAX_FLAPS = 3;
/** Time by which a second may be short, because timers are not exact. */
const EARLY_US = 100_000;

/** Times of a rule, and the direction in which its value is worse. */
export interface MachineRule {
  /** Time for which the condition must hold before the alert fires, microseconds. */
  readonly forUs: number;
  /** Time for which the alert must be clear before it ends, microseconds; longer for one that flaps. */
  readonly clearForUs: number;
  /** True if more is worse, false if less is; null if neither is. */
  readonly isMoreWorse: boolean | null;
}

/** Readings of one evaluation; null is unknown. */
export interface Reading {
  readonly when: boolean | null;
  readonly clear: boolean | null;
  readonly value: number | null;
}

/** Reason for which an alert ended. */
export type EndReason = 'cleared' | 'unknown' | 'closed' | 'removed' | 'shutdown';

/** Beginning or end of an alert. */
export interface Change {
  readonly kind: 'firing' | 'resolved' | 'ended';
  /** Undefined for `firing`. */
  readonly reason?: EndReason;
  /** Value that made it fire, or the last one known. */
  readonly value: number | null;
  /** Worst value since it fires. */
  readonly worst: number | null;
  /** Time since when the condition holds for `firing`; else the time when it fired. Microseconds since 1970. */
  readonly sinceUs: number;
}

/**
 * Alert of one rule for one connection, group or machine. Time is a parameter of each call; it never goes back.
 *
 * | state | event | to |
 * |---|---|---|
 * | idle | `when` | pending |
 * | pending | not `when` | idle |
 * | pending | `when` for `for` | firing |
 * | firing | `clear` | recovering |
 * | recovering | not `clear` | firing |
 * | recovering | `clear` for `clearFor` (×2 for each earlier firing in the last hour, at most ×8) | idle |
 *
 * An unknown reading leaves state and clocks as they are; after 10 s it counts as not `when`, and as `clear`.
 */
export class AlertInstance {
  readonly #rule: MachineRule;
  #state: AlertState | 'idle' = 'idle';
  #lastUs: number;
  /** Time for which the condition of the next state holds. */
  #heldUs = 0;
  #unknownUs = 0;
  #sinceUs = 0;
  #firedUs = 0;
  #value: number | null = null;
  #worst: number | null = null;
  /** Times of the last firings, the current one included, oldest first. */
  readonly #firings: number[] = [];

  constructor(rule: MachineRule, nowUs: number) {
    this.#rule = rule;
    this.#lastUs = nowUs;
  }

  get state(): AlertState | 'idle' {
    return this.#state;
  }

  /** True from `firing` until the end: in states `firing` and `recovering`. */
  get isFiring(): boolean {
    return this.#state === 'firing' || this.#state === 'recovering';
  }

  /** Time since when it is in its state, microseconds since 1970. */
  get sinceUs(): number {
    return this.#sinceUs;
  }

  /** Time when it fired last, microseconds since 1970. */
  get firedUs(): number {
    return this.#firedUs;
  }

  /** Last known value. */
  get value(): number | null {
    return this.#value;
  }

  /** Returns whether earlier firings can still lengthen the next one, so that the instance must be kept. */
  remembers(nowUs: number): boolean {
    return (this.#firings.at(-1) ?? Number.NEGATIVE_INFINITY) > nowUs - FLAP_WINDOW_US;
  }

  /** Takes the next readings. Returns the change, if the alert fires or ends. */
  step({ when, clear, value }: Reading, nowUs: number): Change | undefined {
    const elapsedUs = Math.max(0, nowUs - this.#lastUs);
    this.#lastUs = Math.max(this.#lastUs, nowUs);
    if (value !== null) this.#value = value;
    if (this.isFiring) {
      this.#worst = this.#worse(value);
      return this.#stepFiring(clear, elapsedUs, nowUs);
    }
    return this.#stepIdle(when, elapsedUs, nowUs);
  }

  /** Ends the alert: its connection or group is gone, its rule removed, or the collector stops. */
  end(reason: 'closed' | 'removed' | 'shutdown'): Change | undefined {
    const change = this.isFiring ? this.#ending(reason === 'closed' ? 'resolved' : 'ended', reason) : undefined;
    this.#state = 'idle';
    return change;
  }

  #stepIdle(when: boolean | null, elapsedUs: number, nowUs: number): Change | undefined {
    if (this.#state === 'idle') {
      if (when !== true) return undefined;
      this.#unknownUs = 0;
      this.#enter('pending', nowUs);
    } else {
      const { isKnown, holds } = this.#settle(when, false, elapsedUs);
      if (!isKnown) return undefined;
      if (!holds) {
        this.#enter('idle', nowUs);
        return undefined;
      }
      this.#heldUs += elapsedUs;
    }
    if (this.#heldUs + EARLY_US < this.#rule.forUs && this.#rule.forUs > 0) return undefined;
    const sinceUs = this.#sinceUs;
    this.#enter('firing', nowUs);
    this.#firedUs = nowUs;
    this.#worst = this.#value;
    this.#firings.push(nowUs);
    if (this.#firings.length > MAX_FLAPS + 1) this.#firings.shift();
    return { kind: 'firing', value: this.#value, worst: this.#worst, sinceUs };
  }

  #stepFiring(clear: boolean | null, elapsedUs: number, nowUs: number): Change | undefined {
    const { isKnown, holds } = this.#settle(clear, true, elapsedUs);
    if (!isKnown) return undefined;
    if (!holds) {
      if (this.#state === 'recovering') this.#enter('firing', nowUs);
      return undefined;
    }
    if (this.#state === 'firing') this.#enter('recovering', nowUs);
    else this.#heldUs += elapsedUs;
    const neededUs = this.#rule.clearForUs * this.#factor(nowUs);
    if (this.#heldUs + EARLY_US < neededUs && neededUs > 0) return undefined;
    const change = this.#ending('resolved', clear === null ? 'unknown' : 'cleared');
    this.#enter('idle', nowUs);
    return change;
  }

  /** Returns what a reading counts as: nothing for a while if it is unknown, then `afterwards`. */
  #settle(reading: boolean | null, afterwards: boolean, elapsedUs: number): { isKnown: boolean; holds: boolean } {
    if (reading !== null) {
      this.#unknownUs = 0;
      return { isKnown: true, holds: reading };
    }
    this.#unknownUs += elapsedUs;
    return { isKnown: this.#unknownUs + EARLY_US >= UNKNOWN_US, holds: afterwards };
  }

  #factor(nowUs: number): number {
    const earlier = this.#firings.slice(0, -1).filter((firedUs) => firedUs > nowUs - FLAP_WINDOW_US).length;
    return 2 ** Math.min(MAX_FLAPS, earlier);
  }

  #enter(state: AlertState | 'idle', nowUs: number): void {
    this.#state = state;
    this.#sinceUs = nowUs;
    this.#heldUs = 0;
  }

  #ending(kind: 'resolved' | 'ended', reason: EndReason): Change {
    return { kind, reason, value: this.#value, worst: this.#worst, sinceUs: this.#firedUs };
  }

  #worse(value: number | null): number | null {
    const { isMoreWorse } = this.#rule;
    const worst = this.#worst;
    if (value === null || worst === null || isMoreWorse === null) return worst ?? value;
    return isMoreWorse ? Math.max(worst, value) : Math.min(worst, value);
  }
}
