import type { LogFields, Logger } from './logger.js';

/** How a {@link TroubleLog} tells time, and how patient it is. */
export interface TroubleLogOptions {
  /** A clock in milliseconds that never goes backwards. */
  readonly nowMs?: () => number;
  /** How often a lasting trouble is told again, milliseconds. */
  readonly remindMs?: number;
  /** How long nothing may fail before the trouble is over, milliseconds: one write that fits on a full disk ends nothing. */
  readonly quietMs?: number;
}

/**
 * Says of a lasting trouble when it begins and when it is over, and nothing in between but a reminder a minute: a full
 * disk must not fill the log as well.
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

  /** One failure more; logged when it is the first, or the first in a while. */
  failed(msg: string, fields: LogFields = {}): void {
    const now = this.#nowMs();
    this.#failures++;
    this.#failedMs = now;
    if (this.#beganMs !== undefined && now - this.#toldMs < this.#remindMs) return;
    this.#beganMs ??= now;
    this.#toldMs = now;
    this.#log.error(msg, { ...fields, failures: this.#failures });
  }

  /** A success; logged when it ends a trouble. Costs nothing when there is none. */
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
