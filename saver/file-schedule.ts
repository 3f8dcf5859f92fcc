import type { FrameReason } from '../metrics/index.js';
import type { Clock } from './clock.js';
import type { FileSeries } from './file-series.js';

/** Interval between two checks of the ages of lines and files, milliseconds. */
export const TICK_MS = 100;
/** Frames that one tick may start. Without a limit, thousands of connections of one age would stall the process. */
const FRAMES_PER_TICK = 256;
/** Longest time to end all expired files, milliseconds. If necessary, a tick starts more frames for this. */
const ROTATION_MS = 10_000;

/** Times at which buffered lines are written and files end, for all archives. */
export class FileSchedule {
  readonly #clock: Clock;
  readonly #flushAgeMs: number;
  /** Time of the oldest buffered line of each archive, oldest first: a map keeps insertion order. */
  readonly #waiting = new Map<FileSeries, number>();
  /** Time at which the file of each archive expires, earliest first: every file gets the same time. */
  readonly #expiring = new Map<FileSeries, number>();

  /** @param flushAgeMs longest time that a line waits in memory, milliseconds */
  constructor(clock: Clock, flushAgeMs: number) {
    this.#clock = clock;
    this.#flushAgeMs = flushAgeMs;
  }

  /** Notes that the archive has buffered its first line since the last flush. */
  began(archive: FileSeries, nowMs: number): void {
    archive.beganMs = nowMs;
    this.#waiting.set(archive, nowMs);
  }

  /** Notes when the archive's current file expires. */
  watch(archive: FileSeries): void {
    const { expiresMs } = archive;
    if (expiresMs === archive.watchedMs || expiresMs === undefined) return;
    archive.watchedMs = expiresMs;
    this.#expiring.delete(archive);
    this.#expiring.set(archive, expiresMs);
  }

  /** Writes the lines that an archive has buffered. */
  flush(archive: FileSeries, reason: FrameReason): void {
    this.#waiting.delete(archive);
    archive.flush(reason);
  }

  /** Ends the current file of an archive. */
  endFile(archive: FileSeries, reason: FrameReason): void {
    this.#waiting.delete(archive);
    this.#expiring.delete(archive);
    archive.watchedMs = undefined;
    archive.endFile(reason);
  }

  /** Ends expired files, and writes lines that have reached the flush age. */
  tick(): void {
    const now = this.#clock.monotonicMs();
    let rotations = budget(this.#expiring.size, ROTATION_MS);
    for (const [archive, expiresMs] of this.#expiring) {
      if (now <= expiresMs || rotations-- <= 0) break;
      this.endFile(archive, 'rotation');
    }
    let flushes = budget(this.#waiting.size, this.#flushAgeMs / 2);
    for (const [archive, sinceMs] of this.#waiting) {
      if (now - sinceMs < this.#flushAgeMs || flushes-- <= 0) break;
      this.flush(archive, 'age');
    }
  }

  /** Writes the largest buffers for pressure, as long as `isEnough` returns false. */
  flushLargest(isEnough: () => boolean): void {
    const largestFirst = [...this.#waiting.keys()].sort((a, b) => b.pendingBytes - a.pendingBytes);
    for (const archive of largestFirst) {
      if (isEnough()) return;
      this.flush(archive, 'pressure');
    }
  }
}

/** Returns how many of `count` archives one tick may process, so that even if all are due, all are done within `ms`. */
function budget(count: number, ms: number): number {
  return Math.max(FRAMES_PER_TICK, Math.ceil((count * TICK_MS) / ms));
}
