import type { LossReason } from '../metrics/index.js';
import { ArchiveError } from './archive-error.js';
import { AppendError } from './archive-file.js';
import type { Clock } from './clock.js';
import { Compressor } from './compression-queue.js';
import type { Compress } from './create-compressor.js';
import type { DiskHealth } from './disk-health.js';
import { Fifo } from './fifo.js';
import type { Job } from './job.js';
import type { Accounting, JobSource } from './saver-context.js';

/**
 * Maximum number of archives in work at a time. The disk serves one after the other; this many keep it busy while the
 * event loop is busy.
 */
const MAX_WORKING = 256;

interface Entry {
  readonly archive: JobSource;
  readonly job: Job;
  /** Memory of the job as last counted. */
  heldBytes: number;
}

/** Options of {@link Writer}. */
export interface WriterOptions {
  readonly health: DiskHealth;
  readonly accounting: Accounting;
  readonly clock: Clock;
  readonly compress: Compress;
  /** True if frames go only to their receivers, and to no file. */
  readonly framesOnly: boolean;
  /** Resolves to true when the disk has confirmed everything written so far, to false when it failed. */
  readonly confirm: () => Promise<boolean>;
  /** Called after a failure, so that the caller can prevent further ones. */
  readonly onFailure: (error: ArchiveError) => void;
}

/**
 * Runs the jobs of all archives: compresses each job, and lets each archive write its first job when it is its turn.
 * While the disk fails, jobs wait in compressed form, and one archive at a time retries, each time another one.
 */
export class Writer {
  readonly #options: WriterOptions;
  readonly #compressor: Compressor;
  /** Unfinished jobs, in the order of submission. */
  readonly #jobs = new Map<Job, Entry>();
  /** Archives whose first job is ready to be written. */
  readonly #turns = new Fifo<JobSource>();
  #working = 0;
  #isTrying = false;
  #finished = 0;
  #onDrained: (() => void)[] = [];

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#compressor = new Compressor(options.compress);
  }

  /** Number of jobs finished so far, to detect progress. */
  get finished(): number {
    return this.#finished;
  }

  /** Accepts a job that its archive has put behind its earlier ones. */
  submit(archive: JobSource, job: Job): void {
    const entry = { archive, job, heldBytes: job.heldBytes };
    this.#jobs.set(job, entry);
    this.#options.accounting.held(entry.heldBytes);
    if (job.isRaw) this.#compressor.submit(job, (failure) => this.#compressed(entry, failure));
    else this.#offer(archive);
  }

  /** Resolves when the lines of all jobs submitted so far are compressed or dropped. */
  async compressed(): Promise<void> {
    await Promise.all([...this.#jobs.keys()].filter(({ isRaw }) => isRaw).map((job) => job.whenCompressed()));
  }

  /** Removes a job that has nothing left to do. */
  done(job: Job): void {
    const entry = this.#jobs.get(job);
    if (entry === undefined) return;
    this.#jobs.delete(job);
    this.#options.accounting.held(-entry.heldBytes);
    this.#finished++;
    if (this.#jobs.size > 0) return;
    for (const resolve of this.#onDrained.splice(0)) resolve();
  }

  /** Retries a failing disk when a retry is due. */
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
   * Frees at least `bytes`, if it can, from jobs that are not being written, and counts what it drops, the oldest first
   * in each step: first all lines but the last of uncompressed jobs, then jobs of connections that continue, then final
   * records.
   */
  shed(bytes: number, reason: LossReason): void {
    let left = bytes - this.#keepLastLines(bytes, reason);
    if (left > 0) left -= this.#drop(left, reason, ({ closes }) => !closes);
    if (left > 0) this.#drop(left, reason, () => true);
  }

  /** Drops and counts all jobs that are not being written. */
  dropAll(reason: LossReason): void {
    this.#drop(Number.POSITIVE_INFINITY, reason, () => true);
  }

  /** Drops all lines but the last of uncompressed jobs until `bytes` are freed. Returns the bytes freed. */
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

  /** Drops jobs for which `isMeant` returns true until `bytes` are freed. Returns the bytes freed. */
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

  /** Handles a failed sync after which these archives, possibly no archive, have taken jobs back. */
  notConfirmed(error: ArchiveError, archives: ReadonlySet<JobSource>): void {
    const { accounting, health, clock } = this.#options;
    accounting.failed(error);
    if (archives.size === 0) return;
    health.failed(error, clock.monotonicMs(), this.#isTrying);
    this.#forget(archives);
  }

  /** Counts all jobs as lost, even those that the disk may still write, because the process is about to end. */
  abandon(reason: LossReason): void {
    this.dropAll(reason);
    for (const { job } of this.#jobs.values()) if (job.lines > 0) this.#lose(job, reason);
  }

  /** Waits until all jobs are done, at most `timeoutMs`. Returns whether they are. */
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

  /** Counts waiting jobs as lost, each only once. */
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
    // Its receiver has the frame.
    if (this.#options.framesOnly) {
      job.release();
      archive.forgetDropped();
    }
    this.#recount(entry);
    this.#offer(archive);
  }

  /** Makes archives forget dropped jobs, and cancels turns of archives that have no job to write. */
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

  /** Queues an archive for its turn if its first job is ready; runs a job that only closes a file at once. */
  #offer(archive: JobSource): void {
    if (archive.turn !== 'none' || !isReady(archive)) return;
    // Closing needs nothing from a failing disk, and frees a descriptor.
    if (isClose(archive)) {
      void this.#work(archive, false);
      return;
    }
    // A later job may be compressed already: it is released in its turn.
    if (this.#options.framesOnly) return;
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
    // A write succeeds as soon as the kernel has the bytes, so only a sync proves that the disk works.
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
    // A file that was removed or discarded says nothing about the disk, and is already counted.
    if (!(error instanceof AppendError && error.isKnown)) accounting.failed(error);
    // The archive continues in its next file. This error says nothing about the disk: the next attempt will.
    if (error instanceof AppendError && error.isFilesOwn) return;
    health.failed(error, clock.monotonicMs(), wasTry);
    onFailure(error);
  }
}

/** Returns whether an archive's first job can run: it is compressed, or only closes the file. */
function isReady({ head }: JobSource): boolean {
  return head !== undefined && !head.isRaw;
}

function isClose({ head }: JobSource): boolean {
  return head !== undefined && head.lines === 0;
}
