import type { LossReason } from '../metrics/index.js';
import { ArchiveError } from './archive-error.js';
import { AppendError } from './archive-file.js';
import type { Clock } from './clock.js';
import type { Compress } from './compress.js';
import { Compressor } from './compressor.js';
import type { DiskHealth } from './disk-health.js';
import { Fifo } from './fifo.js';
import type { Job } from './job.js';
import type { Accounting, JobSource } from './saver-context.js';

/**
 * Archives that are worked on at a time. The disk takes them one after the other; that many keep it busy while the event
 * loop is.
 */
const MAX_WORKING = 256;

interface Entry {
  readonly archive: JobSource;
  readonly job: Job;
  /** What it was last counted to hold. */
  heldBytes: number;
}

/** What a {@link Writer} works with. */
export interface WriterOptions {
  readonly health: DiskHealth;
  readonly accounting: Accounting;
  readonly clock: Clock;
  readonly compress: Compress;
  /** Resolves when the disk has what is written by now, or has failed to take it. Says which. */
  readonly confirm: () => Promise<boolean>;
  /** Told of a failure that others may be spared. */
  readonly onFailure: (error: ArchiveError) => void;
}

/**
 * Does the jobs of all archives: compresses them, and has each archive write its first one when it is its turn. While
 * the disk is sick jobs wait, compressed; one at a time is tried, each time another archive's.
 */
export class Writer {
  readonly #options: WriterOptions;
  readonly #compressor: Compressor;
  /** Every job that is not done, in the order in which they came. */
  readonly #jobs = new Map<Job, Entry>();
  /** Archives whose first job can be written. */
  readonly #turns = new Fifo<JobSource>();
  #working = 0;
  #isTrying = false;
  #finished = 0;
  #onDrained: (() => void)[] = [];

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#compressor = new Compressor(options.compress);
  }

  /** Jobs that came to an end since the beginning, to see whether it gets on. */
  get finished(): number {
    return this.#finished;
  }

  /** Takes a job of an archive, which has it behind its others. */
  submit(archive: JobSource, job: Job): void {
    const entry = { archive, job, heldBytes: job.heldBytes };
    this.#jobs.set(job, entry);
    this.#options.accounting.held(entry.heldBytes);
    if (job.isRaw) this.#compressor.submit(job, (failure) => this.#compressed(entry, failure));
    else this.#offer(archive);
  }

  /** A job has nothing left to do. */
  done(job: Job): void {
    const entry = this.#jobs.get(job);
    if (entry === undefined) return;
    this.#jobs.delete(job);
    this.#options.accounting.held(-entry.heldBytes);
    this.#finished++;
    if (this.#jobs.size > 0) return;
    for (const resolve of this.#onDrained.splice(0)) resolve();
  }

  /** Tries the disk again when it is time to. */
  tick(): void {
    const { health, clock, accounting } = this.#options;
    if (!health.isSick) accounting.healthy();
    if (health.isLosing(clock.monotonicMs())) this.#countWaiting(health.lossReason);
    if (this.#isTrying || !health.isDue(clock.monotonicMs())) return;
    const archive = this.#turns.shift();
    if (archive === undefined) return;
    this.#isTrying = true;
    void this.#work(archive, true);
  }

  /**
   * Frees so many bytes of what no disk has in its hands, and counts what it drops, the oldest first each time: of what is
   * not compressed yet all lines but the last of each job; then jobs of connections that go on; then final records.
   */
  shed(bytes: number, reason: LossReason): void {
    let left = bytes - this.#keepLastLines(bytes, reason);
    if (left > 0) left -= this.#drop(left, reason, ({ closes }) => !closes);
    if (left > 0) this.#drop(left, reason, () => true);
  }

  /** Drops all that no disk has in its hands, and counts it. */
  dropAll(reason: LossReason): void {
    this.#drop(Number.POSITIVE_INFINITY, reason, () => true);
  }

  /** Returns how many bytes it freed. */
  #keepLastLines(bytes: number, reason: LossReason): number {
    let freed = 0;
    for (const entry of this.#jobs.values()) {
      if (freed >= bytes) break;
      const { job, heldBytes } = entry;
      const dropped = job.keepLast();
      if (dropped === 0) continue;
      if (!job.isCountedLost) this.#options.accounting.lost(reason, dropped);
      this.#recount(entry);
      freed += heldBytes - entry.heldBytes;
    }
    return freed;
  }

  /** Returns how many bytes it freed. */
  #drop(bytes: number, reason: LossReason, isMeant: (job: Job) => boolean): number {
    const archives = new Set<JobSource>();
    let freed = 0;
    for (const entry of this.#jobs.values()) {
      if (freed >= bytes) break;
      const { archive, job } = entry;
      if (job.isWriting || job.lines === 0 || !isMeant(job)) continue;
      this.#lose(job, reason);
      freed += entry.heldBytes;
      this.#recount(entry);
      archives.add(archive);
    }
    this.#forget(archives);
    return freed;
  }

  /** The disk did not take what was written: these archives have it back. It may be none. */
  notConfirmed(error: ArchiveError, archives: ReadonlySet<JobSource>): void {
    const { accounting, health, clock } = this.#options;
    accounting.failed(error);
    if (archives.size === 0) return;
    health.failed(error, clock.monotonicMs(), this.#isTrying);
    this.#forget(archives);
  }

  /** Counts everything as lost, even what a disk has in its hands and may yet write: the process is going to end. */
  abandon(reason: LossReason): void {
    this.dropAll(reason);
    for (const { job } of this.#jobs.values()) if (job.lines > 0) this.#lose(job, reason);
  }

  /** Waits until every job is done, for at most this long. Returns whether that is so. */
  async drained(timeoutMs: number): Promise<boolean> {
    if (this.#jobs.size === 0) return true;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs);
      this.#onDrained.push(resolve);
    });
    clearTimeout(timer);
    return this.#jobs.size === 0;
  }

  #lose(job: Job, reason: LossReason): void {
    const lines = job.release();
    if (!job.isCountedLost) this.#options.accounting.lost(reason, lines);
  }

  /** Counts what waits as lost, once. */
  #countWaiting(reason: LossReason): void {
    for (const { job } of this.#jobs.values()) {
      if (job.isCountedLost || job.isWriting || job.lines === 0) continue;
      job.isCountedLost = true;
      this.#options.accounting.lost(reason, job.lines);
    }
  }

  #compressed(entry: Entry, failure: unknown): void {
    const { archive, job } = entry;
    if (failure !== undefined) {
      this.#options.accounting.failed(new ArchiveError('compress', job.plan.folder, String(failure)));
      this.#lose(job, 'compress');
      this.#forget([archive]);
    }
    this.#recount(entry);
    this.#offer(archive);
  }

  /** Has archives let go of jobs that were dropped, and gives up the turns of those that are done. */
  #forget(archives: Iterable<JobSource>): void {
    const offered = [...archives];
    for (const archive of offered) archive.forgetDropped();
    this.#turns.keep((archive) => {
      if (isReady(archive) && !isClose(archive)) return true;
      archive.turn = 'none';
      return false;
    });
    for (const archive of offered) this.#offer(archive);
  }

  #recount(entry: Entry): void {
    if (!this.#jobs.has(entry.job)) return;
    const { heldBytes } = entry.job;
    this.#options.accounting.held(heldBytes - entry.heldBytes);
    entry.heldBytes = heldBytes;
  }

  /** Gives an archive its turn, if its first job can be done. */
  #offer(archive: JobSource): void {
    if (archive.turn !== 'none' || !isReady(archive)) return;
    // Closing takes nothing from a sick disk, and gives back a descriptor.
    if (isClose(archive)) {
      void this.#work(archive, false);
      return;
    }
    archive.turn = 'waiting';
    this.#turns.push(archive);
    this.#next();
  }

  #next(): void {
    while (this.#working < MAX_WORKING && !this.#options.health.isSick) {
      const archive = this.#turns.shift();
      if (archive === undefined) return;
      void this.#work(archive, false);
    }
  }

  async #work(archive: JobSource, isTry: boolean): Promise<void> {
    const job = archive.head;
    archive.turn = 'working';
    this.#working++;
    if (job?.wasRefused) this.#options.accounting.retried();
    const error = await archive.work();
    // A write succeeds as soon as the kernel has the bytes.
    const isWell = isTry && error === undefined && (await this.#options.confirm());
    this.#working--;
    archive.turn = 'none';
    if (isTry) this.#isTrying = false;
    if (error !== undefined) this.#refused(job, error, isTry);
    else if (isWell) this.#options.health.recovered();
    this.#offer(archive);
    this.#next();
  }

  #refused(job: Job | undefined, error: ArchiveError, wasTry: boolean): void {
    const { accounting, health, clock, onFailure } = this.#options;
    if (job !== undefined) {
      job.wasRefused = true;
      const entry = this.#jobs.get(job);
      if (entry !== undefined) this.#recount(entry);
    }
    // What somebody took away says nothing of the disk, and was counted.
    if (!(error instanceof AppendError && error.isKnown)) accounting.failed(error);
    // It goes on in its next file. That a try got so far says nothing of the disk: the next one will.
    if (error instanceof AppendError && error.isFilesOwn) return;
    health.failed(error, clock.monotonicMs(), wasTry);
    onFailure(error);
  }
}

/** Whether an archive's first job can be done: it is compressed, or only closes the file. */
function isReady({ head }: JobSource): boolean {
  return head !== undefined && !head.isRaw;
}

function isClose({ head }: JobSource): boolean {
  return head !== undefined && head.lines === 0;
}
