import type { LossReason } from '../metrics/index.js';
import type { ArchiveError } from './archive-error.js';

/** From the first failure to the first try, and the longest between two, milliseconds. */
const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 5000;
/** From the first sync that failed until what waits counts as lost, milliseconds. */
const SYNC_PATIENCE_MS = 3000;

/**
 * Whether the disk takes archives. One state for all of them: when it refuses one, the others wait too, and one at a
 * time tries whether it is well again, after 100 ms and then after twice as long each time, to 5 s.
 */
export class DiskHealth {
  #error: ArchiveError | undefined;
  #delayMs = 0;
  #tryAtMs = 0;
  /** When the first sync failed; undefined while none has. */
  #syncFailedMs: number | undefined;

  get isSick(): boolean {
    return this.#error !== undefined;
  }

  /** What records are lost to now: the disk's trouble, or else that it does not keep up. */
  get lossReason(): LossReason {
    return this.#error?.lossReason ?? 'pressure';
  }

  /** Whether it is time to try. */
  isDue(nowMs: number): boolean {
    return this.isSick && nowMs >= this.#tryAtMs;
  }

  /**
   * Whether the disk has lost what it had taken, and goes on so: what waits may be written after all, but nobody should
   * have to wait to be told.
   */
  isLosing(nowMs: number): boolean {
    return this.#syncFailedMs !== undefined && nowMs - this.#syncFailedMs >= SYNC_PATIENCE_MS;
  }

  /** Something failed. Only a try makes the next one later: much may be under way when trouble begins. */
  failed(error: ArchiveError, nowMs: number, wasTry: boolean): void {
    const began = this.#error === undefined;
    this.#error = error;
    if (error.operation === 'sync') this.#syncFailedMs ??= nowMs;
    if (!began && !wasTry) return;
    this.#delayMs = began ? FIRST_DELAY_MS : Math.min(this.#delayMs * 2, MAX_DELAY_MS);
    this.#tryAtMs = nowMs + this.#delayMs;
  }

  /** A try succeeded. */
  recovered(): void {
    this.#error = undefined;
    this.#syncFailedMs = undefined;
  }
}
