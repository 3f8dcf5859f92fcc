import type { Change } from './machine/index.js';
import type { AlertRule } from './rules/index.js';
import type { Labels } from './subject.js';

/** Beginning or end of an alert. */
export interface AlertNotice extends Change {
  readonly rule: AlertRule;
  /** Number of the transition, from 1. */
  readonly seq: number;
  /** Number of the second after which it was found. */
  readonly generation: number;
  /** Number of the firing that begins or ends; unique since the start of the collector. */
  readonly firing: number;
  /** Microseconds since 1970. */
  readonly timeUs: number;
  readonly labels: Labels;
  /** UUID of the connection; null for other subjects. */
  readonly uuid: string | null;
  /** Ending of the connection; null while it is open, and for other subjects. */
  readonly howEnded: string | null;
}

/** Word that more alerts of a rule fire than are told. */
export interface MoreNotice {
  readonly kind: 'more';
  readonly rule: AlertRule;
  /** Microseconds since 1970. */
  readonly timeUs: number;
  /** Number of alerts that fire and are not told. */
  readonly count: number;
}

/** Message for the channels of a rule. */
export type Notice = AlertNotice | MoreNotice;

/** Way on which alerts are told. */
export interface Channel {
  /** Takes a message. Must not throw. */
  tell(notice: Notice): void;
}
