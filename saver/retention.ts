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
/** How often it is looked whether there is something to do. */
const ROUND_MS = 1000;
/** How often everything is counted anew: others delete, too. */
const SURVEY_MS = HOUR_MS;
/** After a round that came to nothing. */
const RETRY_MS = 60_000;
/** How long the end waits for the disk. */
const STOP_MS = 1000;
/** Files that are looked at or deleted in 100 ms at most: 2,000 a second, an eighth of a core. */
const FILES_PER_PERIOD = 200;
const PERIOD_MS = 100;
/** When there is too much, it is brought down to this share of the bound, so that not every new file makes a walk. */
const LOW_MARK = 0.95;
/** What a file system gives to a file at once, most likely; the next survey knows exactly. */
const ALLOCATION_BYTES = 4096;

/** What is kept, and what retention is told and tells. */
export interface RetentionOptions {
  /** The output folder, absolute. */
  readonly output: string;
  /** Archives that were last written to longer ago are deleted, milliseconds; absent: never. */
  readonly keepMs?: number;
  /** What closed archives may take on disk (allocated blocks), bytes; absent: anything. */
  readonly maxBytes?: number;
  /** Whether this process is writing to the archive: it is not deleted. Asked right before. */
  readonly isOpen: (path: string) => boolean;
  readonly metrics: Pick<Metrics, 'archive'>;
  readonly log: Logger;
  /** Milliseconds since 1970; the machine's clock, unless a test brings another. */
  readonly nowMs?: () => number;
  /** Milliseconds that never jump; the machine's monotonic clock, unless a test brings another. */
  readonly monotonicMs?: () => number;
}

/** What one walk is to do. */
interface Walk {
  readonly reason: DeletionReason;
  /** Archives last written to before are deleted, milliseconds since 1970. */
  readonly cutoffMs: number;
  /** Ends the walk early, in front of a folder or a file in it. */
  readonly enough?: (folder: DayFolder) => boolean;
}

/** A survey under way. */
interface Survey {
  /** What was found so far. */
  readonly usage: ArchiveUsage;
  readonly startMs: number;
  /** The day being counted, milliseconds since 1970: those before are done, those behind not begun. */
  dayMs: number;
  /** Archives that were open at the start and are closed now: added at their close. No more than were open then. */
  readonly closed: Set<string>;
}

interface Deleted {
  files: number;
  bytes: number;
}

/**
 * Deletes closed archives that are too old, or the oldest ones when all take too much. Only regular files
 * `YYYY/MM/DD/<prefix>_<cookie>.<sequence>.jsonl.zst` below the output folder are ever deleted; symbolic links are not
 * followed. Memory does not grow with the number of files: they are walked over, at a pace, and not remembered.
 */
export class Retention {
  readonly #options: RetentionOptions;
  readonly #nowMs: () => number;
  /** What everything is scheduled by: a wall clock that is set back would stop it. */
  readonly #monotonicMs: () => number;
  readonly #clock: RetentionClock | undefined;
  readonly #trouble: TroubleLog;
  readonly #deletePace = new Pace(FILES_PER_PERIOD, PERIOD_MS);
  readonly #surveyPace = new Pace(FILES_PER_PERIOD, PERIOD_MS);
  #usage = new ArchiveUsage();
  #survey: Survey | undefined;
  #ageDueMs = Number.NEGATIVE_INFINITY;
  /** Whether deletion by age ended where the survey had not been yet. */
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

  /** Begins to look, at once and from then on. */
  start(): void {
    const { keepMs, maxBytes } = this.#options;
    if (keepMs === undefined && maxBytes === undefined) return;
    // Side by side: to count millions takes an hour, in which the bound holds all the same.
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

  /** An archive of so many bytes, opened at `openedMs` (milliseconds since 1970), was closed. */
  fileClosed(path: string, bytes: number, openedMs: number): void {
    if (this.#options.maxBytes === undefined) return;
    // One that was opened later was also written to later, and is not counted by the survey anyway.
    if (this.#survey !== undefined && openedMs <= this.#survey.startMs) this.#survey.closed.add(path);
    const allocated = Math.ceil(bytes / ALLOCATION_BYTES) * ALLOCATION_BYTES;
    const now = this.#nowMs();
    for (const usage of this.#usages()) usage.add(now, allocated);
    this.#show();
  }

  /** Resolves when nothing is being deleted any more, or after a second: a disk that hangs must not hold up the end. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    const waiting = new AbortController();
    const limit = sleep(STOP_MS, undefined, { signal: waiting.signal }).catch(() => undefined);
    await Promise.race([Promise.all([this.#working, this.#surveying]), limit]);
    waiting.abort();
  }

  /** Deletes what is due. Never rejects: what fails is counted and told of. */
  async work(): Promise<void> {
    try {
      await this.#deleteOld();
      await this.#deleteExcess();
    } catch (error) {
      this.#failed(this.#options.output, error);
    }
  }

  /** Counts everything anew, when it is time to. Never rejects. */
  async survey(): Promise<void> {
    if (this.#options.maxBytes === undefined || this.#monotonicMs() < this.#surveyDueMs) return;
    const startMs = this.#nowMs();
    const survey: Survey = { usage: new ArchiveUsage(), startMs, dayMs: Number.NEGATIVE_INFINITY, closed: new Set() };
    this.#survey = survey;
    // At first there is nothing better than what has been counted so far.
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
      // What is open, or is written to from now on, is added when it is closed.
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
    // The more is kept, the more there is to walk over, and the less an hour matters.
    this.#ageDueMs = now + Math.min(HOUR_MS, Math.max(RETRY_MS, keepMs / 24));
    this.#ageIsLate = false;
    const enough = ({ startMs }: DayFolder): boolean => {
      // Only what the survey has passed can be taken off what it has counted: the rest comes later.
      this.#ageIsLate ||= this.#survey !== undefined && startMs >= this.#survey.dayMs;
      return this.#ageIsLate;
    };
    const cutoffMs = await this.#clock.cutoffMs();
    if (cutoffMs === undefined) return;
    await this.#walk({ reason: 'age', cutoffMs, enough });
    // At the survey's end at the latest.
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
    // The count was wrong, or nothing can be deleted: count anew, and not at once again.
    this.#surveyDueMs = Math.min(this.#surveyDueMs, now + RETRY_MS);
    if (files === 0) this.#sizeDueMs = now + RETRY_MS;
  }

  async #walk(walk: Walk): Promise<Deleted> {
    const deleted: Deleted = { files: 0, bytes: 0 };
    const { output, log } = this.#options;
    for (const folder of await dayFolders(output)) {
      // A day still to come is of a clock that was wrong: what is in it may be of any age.
      if (folder.startMs >= walk.cutoffMs && folder.startMs <= this.#nowMs()) continue;
      if (this.#stopped || walk.enough?.(folder)) break;
      await this.#walkFolder(folder, walk, deleted);
      // A day that is over; the saver makes it again should it need it.
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

  /** What cannot be read is counted and reported. */
  #walkOptions(pace: Pace): WalkOptions {
    return { pace, isStopped: () => this.#stopped, onError: (path, error) => this.#failed(path, error) };
  }

  /** Whether the archive was deleted by us. */
  async #delete({ path }: ArchiveOnDisk): Promise<boolean> {
    // Nothing of ours runs between this question and the deletion, and the name of a file that is there is not reused.
    if (this.#options.isOpen(path)) return false;
    try {
      await unlink(path);
    } catch (error) {
      // An uploader was faster.
      if (!hasCode(error, 'ENOENT')) this.#failed(path, error);
      return false;
    }
    this.#trouble.succeeded('archives can be deleted again');
    return true;
  }

  /** Takes off an archive that is no more. */
  #unaccount({ startMs }: DayFolder, { path, mtimeMs, bytes }: ArchiveOnDisk): void {
    if (this.#options.maxBytes === undefined) return;
    const survey = this.#survey;
    // What the survey has not come to yet it will not find, and was only added if it was closed meanwhile.
    const isCounted =
      survey === undefined || startMs <= survey.dayMs || mtimeMs >= survey.startMs || survey.closed.has(path);
    for (const usage of this.#usages()) if (isCounted || usage !== survey?.usage) usage.add(mtimeMs, -bytes);
    this.#show();
  }

  /** What holds now and, apart from it, what a survey counts. */
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
