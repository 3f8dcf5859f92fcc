import type { Metrics } from '../metrics/index.js';
import type { ArchiveAccounting } from './accounting.js';
import type { DiskHealth } from './disk-health.js';
import type { FileSchedule } from './file-schedule.js';
import type { SaverOptions } from './saver-options.js';
import type { Syncer } from './syncer.js';
import type { Writer } from './writer.js';

/** Shares of the limit: above the first, buffered lines are written early, down to the second. */
const FLUSH_ABOVE = 1 / 2;
const FLUSH_TO = 1 / 4;
/** Shares of the limit: under pressure above the first, until at or below the second. */
const PRESSED_ABOVE = 3 / 4;
const RELIEVED_BELOW = 1 / 2;
/** Share of the limit that dropping goes down to, so that not every record drops another. */
const DROP_TO = 15 / 16;

/** Options of {@link WaitingLimit}. */
export interface WaitingLimitOptions extends Pick<SaverOptions, 'maxWaitingBytes' | 'onPressure'> {
  readonly metrics: Pick<Metrics, 'archive'>;
  readonly accounting: ArchiveAccounting;
  readonly health: DiskHealth;
  readonly schedule: FileSchedule;
  readonly syncer: Syncer;
  readonly writer: Writer;
}

/** Limit of bytes that wait in memory: what is written early, dropped and reported as they near it. */
export class WaitingLimit {
  readonly #options: WaitingLimitOptions;
  #maxBytes: number;
  #isPressed = false;

  constructor(options: WaitingLimitOptions) {
    this.#options = options;
    this.#maxBytes = options.maxWaitingBytes;
    options.metrics.archive.waitingLimitBytes.set(options.maxWaitingBytes);
  }

  /** Changes the limit, up to {@link SaverOptions.maxWaitingBytes}. */
  change(bytes: number): void {
    const { maxWaitingBytes, metrics } = this.#options;
    const maxBytes = Math.min(bytes, maxWaitingBytes);
    if (maxBytes === this.#maxBytes) return;
    this.#maxBytes = maxBytes;
    metrics.archive.waitingLimitBytes.set(maxBytes);
    this.relieve();
  }

  /** Returns whether there is room for a record; if not, counts it as lost. */
  hasRoom(): boolean {
    const { accounting, health } = this.#options;
    // Above the limit, dropping has already removed all it can: the disk is writing the rest.
    if (accounting.waitingBytes <= this.#maxBytes) return true;
    accounting.lost(health.lossReason, 1);
    return false;
  }

  /** Keeps waiting bytes within the limit: writes the largest buffers early, drops the oldest lines above the limit. */
  relieve(): void {
    const { accounting, health, schedule, syncer, writer } = this.#options;
    const maxBytes = this.#maxBytes;
    if (accounting.pendingBytes > maxBytes * FLUSH_ABOVE) {
      schedule.flushLargest(() => accounting.pendingBytes <= maxBytes * FLUSH_TO);
    }
    this.reportPressure();
    if (accounting.waitingBytes <= maxBytes) return;
    syncer.letGo();
    const excess = accounting.waitingBytes - maxBytes * DROP_TO;
    if (excess > 0) writer.shed(excess, health.lossReason);
  }

  /** Reports when pressure begins or ends. */
  reportPressure(): void {
    const { accounting, onPressure } = this.#options;
    const part = accounting.waitingBytes / this.#maxBytes;
    const isPressed = part > (this.#isPressed ? RELIEVED_BELOW : PRESSED_ABOVE);
    if (isPressed === this.#isPressed) return;
    this.#isPressed = isPressed;
    onPressure?.(isPressed);
  }
}
