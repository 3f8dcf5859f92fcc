import { type Logger, TroubleLog } from '../log/index.js';
import type { Metrics } from '../metrics/index.js';
import { haveArchives, type WalkOptions } from './archives-on-disk.js';
import { type ClockReading, PlausibleClock } from './plausible-clock.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** An archive may seem this much younger than now: the clock is slewed. */
const MARGIN_MS = 60_000;

/** What archives' ages are told by. */
export interface RetentionClockOptions {
  /** The output folder, absolute. */
  readonly output: string;
  /** Archives that were last written to longer ago are too old, milliseconds. */
  readonly keepMs: number;
  readonly walk: WalkOptions;
  readonly nowMs: () => number;
  readonly monotonicMs: () => number;
  readonly metrics: Pick<Metrics, 'archive'>;
  readonly log: Logger;
}

/**
 * Decides which archives are too old, so that one wrong reading of the wall clock does not make all of them so. After a
 * jump ages go by the earlier of both times until the clock has run on for half of what is kept, a day at most. At the
 * start archives speak for the clock; where they do not, and some are too old, they are kept for as long.
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

  /** Looks at the clock, so that no jump is missed. */
  look(): ClockReading {
    const reading = this.#clock.look();
    const jump_s = Math.round(reading.jumpMs / 1000);
    if (jump_s !== 0) this.#doubt('wall clock jumped: ages go by the earlier time for now', { jump_s });
    else if (reading.believedMs !== undefined) this.#trust();
    return reading;
  }

  /** Archives last written to before are too old, milliseconds since 1970; undefined while that is not known. */
  async cutoffMs(): Promise<number | undefined> {
    const { keepMs } = this.#options;
    const reading = this.look();
    if (reading.believedMs !== undefined) return reading.believedMs - keepMs;
    const cutoffMs = reading.wallMs - keepMs;
    const isDue = await this.#have({ fromMs: Number.NEGATIVE_INFINITY, toMs: cutoffMs });
    if (isDue && !(await this.#isLikely(reading.wallMs))) {
      const fields = { wait_s: Math.round(this.#settleMs / 1000) };
      this.#doubt('no recent archive speaks for the wall clock: old archives are kept for now', fields);
      return undefined;
    }
    this.#clock.believe(reading);
    this.#trust();
    return cutoffMs;
  }

  /**
   * Where a collector runs day by day there are archives of the last day, and of the day before, or, where less is kept,
   * of the day before what is. A clock that is far ahead has none of the second; after a restart it may have made some of
   * the first.
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
