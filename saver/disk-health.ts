import type { LossReason } from '../metrics/index.js';
import type { ArchiveError } from './archive-error.js';

/** Delay from the first failure to the first retry, and the longest delay between two retries, milliseconds. */
const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 5000;
/** Time from the first failed sync until waiting records count as lost, milliseconds. */
const SYNC_PATIENCE_MS = 3000;

/**
 * State of the disk, shared by all archives. After one failure all archives wait, and one at a time retries: after
 * 100 ms, then after twice as long each time, up to 5 s.
 */
export class DiskHealth {
  #error: ArchiveError | undefined;
  #delayMs = 0;
  #tryAtMs = 0;
  /** Time of the first failed sync; undefined before any sync fails. */
  #syncFailedMs: number | undefined;

  get isSick(): boolean {
    return this.#error !== undefined;
  }

  /** Reason for which records are lost now: the disk's error, or `pressure` when the disk is only too slow. */
  get lossReason(): LossReason {
    return this.#error?.lossReason ?? 'pressure';
  }

  /** True when the next retry is due. */
  isDue(nowMs: number): boolean {
    return this.isSick && nowMs >= this.#tryAtMs;
  }

  /**
   * True when syncs have failed for {@link SYNC_PATIENCE_MS}. Waiting records may still be written, but users must
   * learn of the likely loss without delay.
   */
  isLosing(nowMs: number): boolean {
    return this.#syncFailedMs !== undefined && nowMs - this.#syncFailedMs >= SYNC_PATIENCE_MS;
  }

  /** Notes a failure. Only a failed retry increases the delay: many writes may be running when the first one fails. */
  failed(error: ArchiveError, nowMs: number, wasTry: boolean): void {
    const began = this.#error === undefined;
    this.#error = error;
    if (error.operation === 'sync') this.#syncFailedMs ??= nowMs;
    if (!began && !wasTry) return;
    this.#delayMs = began ? FIRST_DELAY_MS : Math.min(this.#delayMs * 2, MAX_DELAY_MS);
    this.#tryAtMs = nowMs + this.#delayMs;
  }

  /** Notes that a retry succeeded. */
  recovered(): void {
    this.#error = undefined;
    this.#syncFailedMs = undefined;
  }
}
