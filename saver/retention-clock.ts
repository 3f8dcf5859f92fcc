import { type Logger, TroubleLog } from '../log/index.js';
import type { Metrics } from '../metrics/index.js';
import { haveArchives, type WalkOptions } from './archives-on-disk.js';
import { type ClockReading, PlausibleClock } from './plausible-clock.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Largest time by which an archive may appear to be from the future, because the clock is slewed. */
const MARGIN_MS = 60_000;

/** Options of {@link RetentionClock}. */
export interface RetentionClockOptions {
  /** The output folder, absolute. */
  readonly output: string;
  /** Age since the last write at which an archive is too old, milliseconds. */
  readonly keepMs: number;
  readonly walk: WalkOptions;
  readonly nowMs: () => number;
  readonly monotonicMs: () => number;
  readonly metrics: Pick<Metrics, 'archive'>;
  readonly log: Logger;
}

/**
 * Decides which archives are too old, so that one wrong reading of the wall clock does not make all archives old. After
 * a jump, ages are computed from the earlier of both times until the clock has run without a jump for half of `keepMs`,
 * a day at most. At the start recent archives confirm the clock; if none do and some archives are too old, all are kept
 * for that same time.
 */
export class RetentionClock {
  readonly #options: RetentionClockOptions;
  readonly #settleMs: number;
  readonly #clock: PlausibleClock;
  readonly #trouble: TroubleLog;
  #isDoubted = false;

  constructor(options: RetentionClockOptions) {
    const { keepMs, nowMs, monotonicMs, log } = options;
    this.#options = options;
    this.#settleMs = Math.min(keepMs / 2, DAY_MS);
    this.#clock = new PlausibleClock({ nowMs, monotonicMs, settleMs: this.#settleMs });
    this.#trouble = new TroubleLog(log, { remindMs: HOUR_MS, quietMs: 0 });
  }

  /** Reads the clock. Called regularly, so that no jump is missed. */
  look(): ClockReading {
    const reading = this.#clock.look();
    const jump_s = Math.round(reading.jumpMs / 1000);
    if (jump_s !== 0) this.#doubt('wall clock jumped; using the earlier time for archive ages for now', { jump_s });
    else if (reading.believedMs !== undefined) this.#trust();
    return reading;
  }

  /** Returns the last-write time before which archives are too old, milliseconds since 1970; undefined if unknown. */
  async cutoffMs(): Promise<number | undefined> {
    const { keepMs } = this.#options;
    const reading = this.look();
    if (reading.believedMs !== undefined) return reading.believedMs - keepMs;
    const cutoffMs = reading.wallMs - keepMs;
    const isDue = await this.#have({ fromMs: Number.NEGATIVE_INFINITY, toMs: cutoffMs });
    if (isDue && !(await this.#isLikely(reading.wallMs))) {
      const fields = { wait_s: Math.round(this.#settleMs / 1000) };
      this.#doubt('no recent archive confirms the wall clock; keeping old archives for now', fields);
      return undefined;
    }
    this.#clock.believe(reading);
    this.#trust();
    return cutoffMs;
  }

  /**
   * Returns whether archives make this wall clock likely. If a collector runs every day, there are archives of the last
   * 24 hours and of an earlier day: the day before, or the day before `keepMs` if that is shorter. With a clock that is
   * far ahead no archive is of the earlier day; some may be of the last 24 hours, written since a restart.
   */
  async #isLikely(wallMs: number): Promise<boolean> {
    const { keepMs } = this.#options;
    const beforeMs = wallMs - (keepMs > 2 * DAY_MS ? DAY_MS : keepMs);
    return (
      (await this.#have({ fromMs: wallMs - DAY_MS, toMs: wallMs + MARGIN_MS })) &&
      (await this.#have({ fromMs: beforeMs - DAY_MS, toMs: beforeMs }))
    );
  }

  #have(span: { readonly fromMs: number; readonly toMs: number }): Promise<boolean> {
    return haveArchives(this.#options.output, span, this.#options.walk);
  }

  #doubt(msg: string, fields: Readonly<Record<string, number>>): void {
    if (!this.#isDoubted) this.#options.metrics.archive.clockDoubts.inc();
    this.#isDoubted = true;
    this.#trouble.failed(msg, fields);
  }

  #trust(): void {
    this.#isDoubted = false;
    this.#trouble.succeeded('wall clock is plausible');
  }
}
