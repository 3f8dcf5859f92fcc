import type { LogFields, Logger } from './logger.js';

/**
 * Says of a lasting trouble when it begins and when it is over, and nothing in between but a reminder a minute: a full
 * disk must not fill the log as well.
 */
export class TroubleLog {
  readonly #log: Logger;
  readonly #nowMs: () => number;
  readonly #remindMs: number;
  #beganMs: number | undefined;
  #remindedMs = 0;
  #failures = 0;

  /**
   * @param nowMs a clock in milliseconds
   * @param remindMs how often a lasting trouble is told again
   */
  constructor(log: Logger, nowMs: () => number = () => performance.now(), remindMs = 60_000) {
    this.#log = log;
    this.#nowMs = nowMs;
    this.#remindMs = remindMs;
  }

  /** Whether the last report was a failure. */
  get active(): boolean {
    return this.#beganMs !== undefined;
  }

  /** One failure more; logged when it is the first, or the first in a while. */
  failed(msg: string, fields: LogFields = {}): void {
    const now = this.#nowMs();
    this.#failures++;
    const first = this.#beganMs === undefined;
    if (!first && now - this.#remindedMs < this.#remindMs) return;
    if (first) this.#beganMs = now;
    this.#remindedMs = now;
    this.#log.error(msg, { ...fields, failures: this.#failures });
  }

  /** A success; logged when it ends a trouble. */
  recovered(msg: string, fields: LogFields = {}): void {
    if (this.#beganMs === undefined) return;
    this.#log.info(msg, {
      ...fields,
      failures: this.#failures,
      duration_ms: Math.round(this.#nowMs() - this.#beganMs),
    });
    this.#beganMs = undefined;
    this.#failures = 0;
  }
}
