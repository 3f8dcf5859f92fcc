import type { LogFields, Logger } from './logger.js';

/** Options of {@link TroubleLog}. */
export interface TroubleLogOptions {
  /** Monotonic clock in milliseconds. */
  readonly nowMs?: () => number;
  /** Interval between reminders of a lasting problem, milliseconds. */
  readonly remindMs?: number;
  /** Time without failures until a problem is over, milliseconds: one small write may succeed even on a full disk. */
  readonly quietMs?: number;
}

/**
 * Logs a lasting problem when it begins and when it is over, and in between only one reminder per minute: a full disk
 * must not also fill the log.
 */
export class TroubleLog {
  readonly #log: Logger;
  readonly #nowMs: () => number;
  readonly #remindMs: number;
  readonly #quietMs: number;
  #beganMs: number | undefined;
  #failedMs = 0;
  #toldMs = 0;
  #failures = 0;

  constructor(
    log: Logger,
    { nowMs = () => performance.now(), remindMs = 60_000, quietMs = 10_000 }: TroubleLogOptions = {},
  ) {
    this.#log = log;
    this.#nowMs = nowMs;
    this.#remindMs = remindMs;
    this.#quietMs = quietMs;
  }

  /** Counts a failure; logs the first one, and then one per reminder interval. */
  failed(msg: string, fields: LogFields = {}): void {
    const now = this.#nowMs();
    this.#failures++;
    this.#failedMs = now;
    if (this.#beganMs !== undefined && now - this.#toldMs < this.#remindMs) return;
    this.#beganMs ??= now;
    this.#toldMs = now;
    this.#log.error(msg, { ...fields, failures: this.#failures });
  }

  /** Notes a success; logs it if it ends a problem. Costs nothing without a problem. */
  succeeded(msg: string, fields: LogFields = {}): void {
    if (this.#beganMs === undefined) return;
    const now = this.#nowMs();
    if (now - this.#failedMs < this.#quietMs) return;
    const lasted = Math.round(this.#failedMs - this.#beganMs);
    this.#log.info(msg, { ...fields, failures: this.#failures, duration_ms: lasted });
    this.#beganMs = undefined;
    this.#failures = 0;
  }
}
