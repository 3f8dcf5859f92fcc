import { unlink } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Logger, TroubleLog } from '../log/index.js';
import type { DeletionReason, Metrics } from '../metrics/index.js';
import { ArchiveUsage } from './archive-usage.js';
import { type ArchiveOnDisk, archivesIn, type WalkOptions } from './archives-on-disk.js';
import { type DayFolder, dayFolders, hasCode, removeEmpty } from './day-folders.js';
import { Pace } from './pace.js';
import { RetentionClock } from './retention-clock.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Interval between two checks for work. */
const ROUND_MS = 1000;
/** Interval between two full counts of the archives: other programs delete archives, too. */
const SURVEY_MS = HOUR_MS;
/** Delay after a pass that achieved nothing. */
const RETRY_MS = 60_000;
/** Longest time that {@link Retention.stop} waits for the disk. */
const STOP_MS = 1000;
/** Maximum number of files that are checked or deleted in 100 ms: 2,000 a second, an eighth of a core. */
const FILES_PER_PERIOD = 200;
const PERIOD_MS = 100;
/** Share of the limit that deletion by size goes down to, so that not every new file starts another pass. */
const LOW_MARK = 0.95;
/** Likely allocation unit of the file system; the next survey reads the exact sizes. */
const ALLOCATION_BYTES = 4096;

/** Options of {@link Retention}. */
export interface RetentionOptions {
  /** The output folder, absolute. */
  readonly output: string;
  /** Age since the last write at which an archive is deleted, milliseconds; absent: archives are never too old. */
  readonly keepMs?: number;
  /** Limit of the disk space of closed archives (allocated blocks), bytes; absent: no limit. */
  readonly maxBytes?: number;
  /** Returns true while this process writes to the archive. Called right before a deletion; an open archive is kept. */
  readonly isOpen: (path: string) => boolean;
  readonly metrics: Pick<Metrics, 'archive'>;
  readonly log: Logger;
  /** Wall clock, milliseconds since 1970. Default: the machine's clock. */
  readonly nowMs?: () => number;
  /** Clock that never jumps, milliseconds. Default: the machine's monotonic clock. */
  readonly monotonicMs?: () => number;
}

/** Task of one deletion pass. */
interface Walk {
  readonly reason: DeletionReason;
  /** Archives whose last write is earlier are deleted, milliseconds since 1970. */
  readonly cutoffMs: number;
  /** Returns true to end the pass early. Called before each folder and before each file. */
  readonly enough?: (folder: DayFolder) => boolean;
}

/** A survey (a full count of the archives) that is running. */
interface Survey {
  /** Archives counted so far. */
  readonly usage: ArchiveUsage;
  readonly startMs: number;
  /** Start of the day being counted, milliseconds since 1970: earlier days are done, later ones not started. */
  dayMs: number;
  /** Archives that closed since the start, at most as many as were open then: counted at their close. */
  readonly closed: Set<string>;
}

interface Deleted {
  files: number;
  bytes: number;
}

/**
 * Deletes closed archives that are too old, and the oldest ones when all together take too much space. Only regular
 * files `YYYY/MM/DD/<prefix>_<cookie>.<sequence>.jsonl.zst` and `YYYY/MM/DD/http/<start>.jsonl.zst` below the output
 * folder are ever deleted; symbolic links are not followed. Memory does not grow with the number of files: each pass lists them again, at a limited rate.
 */
export class Retention {
  readonly #options: RetentionOptions;
  readonly #nowMs: () => number;
  /** Clock for scheduling: a wall clock that is set back would stop retention. */
  readonly #monotonicMs: () => number;
  readonly #clock: RetentionClock | undefined;
  readonly #trouble: TroubleLog;
  readonly #deletePace = new Pace(FILES_PER_PERIOD, PERIOD_MS);
  readonly #surveyPace = new Pace(FILES_PER_PERIOD, PERIOD_MS);
  #usage = new ArchiveUsage();
  #survey: Survey | undefined;
  #ageDueMs = Number.NEGATIVE_INFINITY;
  /** True when deletion by age stopped early, at a day that the survey had not counted yet. */
  #ageIsLate = false;
  #surveyDueMs = Number.NEGATIVE_INFINITY;
  #sizeDueMs = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #working: Promise<void> | undefined;
  #surveying: Promise<void> | undefined;
  #stopped = false;

  constructor(options: RetentionOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? Date.now;
    this.#monotonicMs = options.monotonicMs ?? performance.now.bind(performance);
    this.#trouble = new TroubleLog(options.log);
    const { output, keepMs, metrics, log } = options;
    if (keepMs === undefined) return;
    const clocks = { nowMs: this.#nowMs, monotonicMs: this.#monotonicMs };
    this.#clock = new RetentionClock({
      output,
      keepMs,
      metrics,
      log,
      ...clocks,
      walk: this.#walkOptions(this.#deletePace),
    });
  }

  /** Starts retention: one check at once, then one per second. */
  start(): void {
    const { keepMs, maxBytes } = this.#options;
    if (keepMs === undefined && maxBytes === undefined) return;
    // Both run concurrently: counting millions of files takes an hour, and the limit must hold meanwhile.
    const round = (): void => {
      this.#surveying ??= this.survey().finally(() => {
        this.#surveying = undefined;
      });
      this.#working ??= this.work().finally(() => {
        this.#working = undefined;
      });
    };
    this.#timer ??= setInterval(round, ROUND_MS).unref();
    round();
  }

  /** Counts an archive of `bytes` that was opened at `openedMs` (milliseconds since 1970) and is now closed. */
  fileClosed(path: string, bytes: number, openedMs: number): void {
    if (this.#options.maxBytes === undefined) return;
    // The survey ignores archives that were opened after its start anyway.
    if (this.#survey !== undefined && openedMs <= this.#survey.startMs) this.#survey.closed.add(path);
    const allocated = Math.ceil(bytes / ALLOCATION_BYTES) * ALLOCATION_BYTES;
    const now = this.#nowMs();
    for (const usage of this.#usages()) usage.add(now, allocated);
    this.#show();
  }

  /** Stops retention. Resolves when no deletion runs, or after a second: a hung disk must not delay the shutdown. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    const waiting = new AbortController();
    const limit = sleep(STOP_MS, undefined, { signal: waiting.signal }).catch(() => undefined);
    await Promise.race([Promise.all([this.#working, this.#surveying]), limit]);
    waiting.abort();
  }

  /** Deletes the archives that are due. Never rejects: counts and logs failures. */
  async work(): Promise<void> {
    try {
      await this.#deleteOld();
      await this.#deleteExcess();
    } catch (error) {
      this.#failed(this.#options.output, error);
    }
  }

  /** Counts all archives again if the survey is due. Never rejects. */
  async survey(): Promise<void> {
    if (this.#options.maxBytes === undefined || this.#monotonicMs() < this.#surveyDueMs) return;
    const startMs = this.#nowMs();
    const survey: Survey = { usage: new ArchiveUsage(), startMs, dayMs: Number.NEGATIVE_INFINITY, closed: new Set() };
    this.#survey = survey;
    // During the first survey its partial count is the best that is known.
    if (this.#surveyDueMs === Number.NEGATIVE_INFINITY) this.#usage = survey.usage;
    try {
      for (const folder of await dayFolders(this.#options.output)) {
        survey.dayMs = folder.startMs;
        await this.#count(folder, survey);
      }
      if (!this.#stopped) this.#usage = survey.usage;
    } catch (error) {
      this.#failed(this.#options.output, error);
    }
    this.#survey = undefined;
    if (this.#ageIsLate) this.#ageDueMs = Number.NEGATIVE_INFINITY;
    this.#surveyDueMs = this.#monotonicMs() + SURVEY_MS;
    this.#show();
  }

  async #count(folder: DayFolder, { usage, startMs, closed }: Survey): Promise<void> {
    for await (const { path, mtimeMs, bytes } of this.#archives(folder.path, this.#surveyPace)) {
      // An archive that is open, or was written to since the start, is counted when it is closed.
      if (mtimeMs >= startMs || closed.delete(path) || this.#options.isOpen(path)) continue;
      usage.add(mtimeMs, bytes);
    }
  }

  async #deleteOld(): Promise<void> {
    const { keepMs } = this.#options;
    if (keepMs === undefined || this.#clock === undefined) return;
    const now = this.#monotonicMs();
    this.#clock.look();
    if (now < this.#ageDueMs) return;
    // The longer archives are kept, the longer a pass takes, and the less an hour matters.
    this.#ageDueMs = now + Math.min(HOUR_MS, Math.max(RETRY_MS, keepMs / 24));
    this.#ageIsLate = false;
    const enough = ({ startMs }: DayFolder): boolean => {
      // Only days that the survey has counted can be subtracted from its count; later days wait.
      this.#ageIsLate ||= this.#survey !== undefined && startMs >= this.#survey.dayMs;
      return this.#ageIsLate;
    };
    const cutoffMs = await this.#clock.cutoffMs();
    if (cutoffMs === undefined) return;
    await this.#walk({ reason: 'age', cutoffMs, enough });
    // Continue after RETRY_MS, or at the end of the survey if that is earlier.
    const soonMs = this.#survey === undefined ? Number.NEGATIVE_INFINITY : now + RETRY_MS;
    if (this.#ageIsLate) this.#ageDueMs = Math.min(this.#ageDueMs, soonMs);
  }

  async #deleteExcess(): Promise<void> {
    const { maxBytes } = this.#options;
    const now = this.#monotonicMs();
    if (maxBytes === undefined || this.#usage.total <= maxBytes || now < this.#sizeDueMs) return;
    const target = maxBytes * LOW_MARK;
    const cutoffMs = this.#usage.cutoffMs(this.#usage.total - target);
    const { files } = await this.#walk({ reason: 'size', cutoffMs, enough: () => this.#usage.total <= target });
    if (this.#usage.total <= maxBytes) return;
    // The count was wrong, or nothing can be deleted: count again, but wait before the next attempt.
    this.#surveyDueMs = Math.min(this.#surveyDueMs, now + RETRY_MS);
    if (files === 0) this.#sizeDueMs = now + RETRY_MS;
  }

  async #walk(walk: Walk): Promise<Deleted> {
    const deleted: Deleted = { files: 0, bytes: 0 };
    const { output, log } = this.#options;
    for (const folder of await dayFolders(output)) {
      // A folder of a future day was made while the clock was wrong: its archives may have any age.
      if (folder.startMs >= walk.cutoffMs && folder.startMs <= this.#nowMs()) continue;
      if (this.#stopped || walk.enough?.(folder)) break;
      await this.#walkFolder(folder, walk, deleted);
      // The day is over. The saver creates the folder again if it needs it.
      if (folder.startMs + DAY_MS <= this.#nowMs()) await removeEmpty(folder);
    }
    if (deleted.files > 0)
      log.info('archives deleted', { reason: walk.reason, files: deleted.files, bytes: deleted.bytes });
    return deleted;
  }

  async #walkFolder(folder: DayFolder, { cutoffMs, reason, enough }: Walk, deleted: Deleted): Promise<void> {
    for await (const file of this.#archives(folder.path, this.#deletePace)) {
      if (enough?.(folder)) return;
      if (file.mtimeMs >= cutoffMs || !(await this.#delete(file))) continue;
      this.#unaccount(folder, file);
      this.#options.metrics.archive.deletedFiles.inc(reason);
      this.#options.metrics.archive.deletedBytes.inc(reason, file.bytes);
      deleted.files++;
      deleted.bytes += file.bytes;
    }
  }

  #archives(folder: string, pace: Pace): AsyncGenerator<ArchiveOnDisk, void, undefined> {
    return archivesIn(folder, this.#walkOptions(pace));
  }

  /** Returns walk options that count and log what cannot be read. */
  #walkOptions(pace: Pace): WalkOptions {
    return { pace, isStopped: () => this.#stopped, onError: (path, error) => this.#failed(path, error) };
  }

  /** Deletes an archive. Returns false when it is open, already gone, or cannot be deleted. */
  async #delete({ path }: ArchiveOnDisk): Promise<boolean> {
    // No other code of this process runs between this check and unlink(), and names of existing files are not reused.
    if (this.#options.isOpen(path)) return false;
    try {
      await unlink(path);
    } catch (error) {
      // ENOENT: an uploader deleted it first.
      if (!hasCode(error, 'ENOENT')) this.#failed(path, error);
      return false;
    }
    this.#trouble.succeeded('archives can be deleted again');
    return true;
  }

  /** Subtracts a deleted archive from the counts. */
  #unaccount({ startMs }: DayFolder, { path, mtimeMs, bytes }: ArchiveOnDisk): void {
    if (this.#options.maxBytes === undefined) return;
    const survey = this.#survey;
    // A running survey has counted this archive only if it has reached its day, or if the archive closed meanwhile.
    const isCounted =
      survey === undefined || startMs <= survey.dayMs || mtimeMs >= survey.startMs || survey.closed.has(path);
    for (const usage of this.#usages()) if (isCounted || usage !== survey?.usage) usage.add(mtimeMs, -bytes);
    this.#show();
  }

  /** Returns the current count and, while a survey runs, the survey's own count. */
  #usages(): Iterable<ArchiveUsage> {
    return new Set([this.#usage, this.#survey?.usage ?? this.#usage]);
  }

  #failed(path: string, error: unknown): void {
    this.#options.metrics.archive.errors.inc('delete');
    const reason = error instanceof Error ? error.message : String(error);
    this.#trouble.failed('old archives cannot be deleted', { path, error: reason });
  }

  #show(): void {
    if (this.#options.maxBytes !== undefined) this.#options.metrics.archive.folderBytes.set(this.#usage.total);
  }
}
