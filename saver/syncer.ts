import type { SyncFailure } from '../native/index.js';
import { ArchiveError } from './archive-error.js';
import type { ArchiveFile, Disk } from './archive-file.js';
import type { Clock } from './clock.js';
import type { Job } from './job.js';
import type { Accounting, JobSource } from './saver-context.js';

/** Share of `maxKeptBytes` above which the next sync starts early, so that little unsynced data is at risk. */
const SYNC_ABOVE = 1 / 8;

/** Options of {@link Syncer}. */
export interface SyncerOptions {
  /** The output folder. */
  readonly output: string;
  /** Longest time from a write to the start of its sync, milliseconds; 0: nothing is synced. */
  readonly intervalMs: number;
  /** Limit of unconfirmed frames kept in memory, bytes. Above an eighth of it the next sync starts early. */
  readonly maxKeptBytes: number;
  /** Thread for syncs only, because a sync may take long. */
  readonly disk: Pick<Disk, 'sync'>;
  readonly clock: Clock;
  readonly accounting: Accounting;
  /** Called when a job is confirmed, or when its frame is no longer kept. */
  readonly done: (job: Job) => void;
  /** Called when a file is closed. */
  readonly closed: (file: ArchiveFile) => void;
  /** Called when the disk did not store what was written. These archives have taken their jobs back. */
  readonly onFailed: (error: ArchiveError, archives: ReadonlySet<JobSource>) => void;
}

/** Unconfirmed content of a file. */
interface Unconfirmed {
  readonly archive: JobSource;
  readonly folder: string;
  /** Jobs whose frames are still kept, in order. */
  readonly jobs: Job[];
  /** Number of lines that are no longer in memory. */
  unkept: number;
  /** Length of the file including this content. */
  length: number;
}

type ByFile = Map<ArchiveFile, Unconfirmed>;

/**
 * Syncs written files to the disk, all files at once every few seconds, because a write succeeds as soon as the kernel
 * has the bytes. Until a sync confirms them, frames stay in memory up to a limit, and ended files stay open, because
 * uploaders act on the close. After a failed write-back, the files written to since the last sync are cut back to their
 * confirmed length, and their archives take the frames back.
 */
export class Syncer {
  readonly #options: SyncerOptions;
  #written: ByFile = new Map();
  /** Files covered by the running sync. */
  #covered: ByFile = new Map();
  readonly #closing = new WeakMap<ArchiveFile, Promise<void>>();
  /** Work on confirmed files: releasing their jobs, and closing those that have ended. */
  readonly #confirming = new Set<Promise<void>>();
  #running: Promise<boolean> | undefined;
  #keptBytes = 0;
  /** Time of the first write that no sync covers yet. */
  #sinceMs = 0;
  #lastTookMs = 0;
  #endedMs = Number.NEGATIVE_INFINITY;
  #isRequested = false;

  constructor(options: SyncerOptions) {
    this.#options = options;
    // Opens the folder and clears write-back errors from before this process wrote any archive.
    if (this.isOn) void options.disk.sync([options.output], []);
  }

  /** True when files are synced. */
  get isOn(): boolean {
    return this.#options.intervalMs > 0;
  }

  /** True when the disk has confirmed everything and ended files are closed. */
  get isClean(): boolean {
    return this.#written.size === 0 && this.#covered.size === 0 && this.#confirming.size === 0;
  }

  /** Number of records that are written but not confirmed. */
  get unconfirmedRecords(): number {
    let records = 0;
    for (const { jobs, unkept } of [...this.#written.values(), ...this.#covered.values()]) {
      records += jobs.reduce((sum, { lines }) => sum + lines, unkept);
    }
    return records;
  }

  /** Registers a job that was written to its file. */
  written(archive: JobSource, job: Job, file: ArchiveFile): void {
    if (!this.isOn) {
      job.release();
      this.#options.done(job);
      return;
    }
    if (this.#written.size === 0) this.#sinceMs = this.#options.clock.monotonicMs();
    let entry = this.#written.get(file);
    if (entry === undefined) {
      entry = { archive, folder: job.plan.folder, jobs: [], unkept: 0, length: 0 };
      this.#written.set(file, entry);
    }
    entry.length = file.length;
    const isFull = this.#keptBytes + job.heldBytes > this.#options.maxKeptBytes;
    // An archive that takes jobs back also needs the job that closes the file.
    if (isFull && !(job.closes && this.#hasJobs(file))) {
      entry.unkept += this.#release(job);
      this.#options.done(job);
    } else {
      entry.jobs.push(job);
      this.#keptBytes += job.heldBytes;
    }
    if (this.#keptBytes > this.#options.maxKeptBytes * SYNC_ABOVE) this.request();
  }

  /** Closes a file that ends, now or once the disk has confirmed it. */
  async end(file: ArchiveFile): Promise<void> {
    file.isEnding = true;
    if (this.isConfirmed(file)) await this.#close(file);
  }

  /** True when the disk has confirmed the whole file. */
  isConfirmed(file: ArchiveFile): boolean {
    return !this.#written.has(file) && !this.#covered.has(file);
  }

  /** Starts a sync if a write has waited long enough, or if one was requested. */
  tick(): void {
    if (this.#running !== undefined || this.#written.size === 0) return;
    const { clock, intervalMs } = this.#options;
    const isDue = clock.monotonicMs() - this.#sinceMs >= intervalMs;
    // Requested syncs take at most half of the time: the disk has other work, too.
    const isRested = performance.now() - this.#endedMs >= this.#lastTookMs;
    if (isDue || (this.#isRequested && isRested)) void this.#begin();
  }

  /** Requests that the next sync starts as soon as possible. */
  request(): void {
    this.#isRequested = true;
    this.tick();
  }

  /** Syncs everything written so far and closes ended files. Returns whether the disk has confirmed it. */
  async now(): Promise<boolean> {
    let isWell = true;
    while (this.#running !== undefined) isWell = (await this.#running) && isWell;
    if (this.#written.size > 0) isWell = (await this.#begin()) && isWell;
    await Promise.all(this.#confirming);
    return isWell;
  }

  /** Frees all unconfirmed frames, because memory is needed. They are lost only if the next sync fails. */
  letGo(): void {
    for (const entry of [...this.#covered.values(), ...this.#written.values()]) {
      for (const job of entry.jobs.splice(0)) {
        this.#keptBytes -= job.heldBytes;
        entry.unkept += this.#release(job);
        this.#options.done(job);
      }
    }
  }

  #hasJobs(file: ArchiveFile): boolean {
    return [this.#written, this.#covered].some((each) => (each.get(file)?.jobs.length ?? 0) > 0);
  }

  #begin(): Promise<boolean> {
    this.#running = this.#sync().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #sync(): Promise<boolean> {
    const { output, disk } = this.#options;
    const covered = this.#written;
    this.#covered = covered;
    this.#written = new Map();
    this.#isRequested = false;
    const folders = new Set([output]);
    const fds: number[] = [];
    for (const [file, { folder }] of covered) {
      folders.add(folder);
      if (file.isOpen) fds.push(file.fd);
    }
    const beganMs = performance.now();
    const result = await disk.sync([...folders], fds);
    this.#endedMs = performance.now();
    this.#lastTookMs = this.#endedMs - beganMs;
    this.#covered = new Map();
    if (typeof result === 'number') {
      for (const [file, entry] of covered) this.#confirm(file, entry);
      return true;
    }
    return this.#fail(covered, result as SyncFailure);
  }

  #confirm(file: ArchiveFile, entry: Unconfirmed): void {
    const confirming = this.#finish(file, entry).finally(() => this.#confirming.delete(confirming));
    this.#confirming.add(confirming);
  }

  async #finish(file: ArchiveFile, { jobs, length }: Unconfirmed): Promise<void> {
    file.confirmed(length);
    for (const job of jobs) {
      this.#keptBytes -= job.heldBytes;
      this.#release(job);
    }
    if (file.isEnding && !this.#written.has(file)) await this.#close(file);
    for (const job of jobs) this.#options.done(job);
  }

  /** Releases a job that was written. Returns the number of its lines. */
  #release(job: Job): number {
    if (job.isCountedLost) this.#options.accounting.recovered(job.lines);
    return job.release();
  }

  async #close(file: ArchiveFile): Promise<void> {
    if (!file.isOpen) return;
    const underWay = this.#closing.get(file);
    if (underWay !== undefined) return await underWay;
    const closing = file.close().then(() => this.#options.closed(file));
    this.#closing.set(file, closing);
    await closing;
  }

  /** Handles a failed sync. Returns true when no content has to be written again. */
  #fail(covered: ByFile, failure: SyncFailure): boolean {
    const failed = new Set(failure.failed);
    const archives = new Set<JobSource>();
    const repeatable = this.#repeatable(covered);
    const backwards: [ArchiveFile, Unconfirmed][] = [];
    for (const [file, entry] of covered) {
      if (isLost(file, entry, failed, repeatable)) archives.add(entry.archive);
      // Also take back later files of the same connections, so that their records stay in order.
      if (archives.has(entry.archive)) backwards.push([file, entry]);
      else this.#confirm(file, entry);
    }
    // Content written since then waits for the next sync, unless it follows lost content of the same connection.
    for (const [file, entry] of this.#written) if (archives.has(entry.archive)) backwards.push([file, entry]);
    const error = ArchiveError.of(this.#options.output, failure);
    for (const [file, entry] of backwards.reverse()) this.#giveBack(file, entry, error);
    this.#options.onFailed(error, archives);
    return archives.size === 0;
  }

  /** Returns content that can be written again without loss: it and all later content of its archive is in memory. */
  #repeatable(covered: ByFile): Set<Unconfirmed> {
    const partial = new Set<JobSource>();
    const repeatable = new Set<Unconfirmed>();
    for (const entry of [...covered.values(), ...this.#written.values()].reverse()) {
      if (entry.unkept > 0) partial.add(entry.archive);
      if (!partial.has(entry.archive)) repeatable.add(entry);
    }
    return repeatable;
  }

  #giveBack(file: ArchiveFile, { archive, jobs, unkept }: Unconfirmed, error: ArchiveError): void {
    this.#written.delete(file);
    if (unkept > 0) this.#options.accounting.lost(error.lossReason, unkept);
    for (const job of jobs) {
      this.#keptBytes -= job.heldBytes;
      job.isWriting = false;
      job.wasRefused = job.wasGivenBack = true;
    }
    archive.takeBack(file, jobs);
  }
}

/**
 * Returns whether the content of a file counts as lost: its own write-back failed, or the file is closed and cannot be
 * asked, or any write-back on its file system failed and the content can be written again. That other failure may
 * concern another program's file, or file system metadata. So content that was already written twice, or that cannot be
 * written again, counts as stored.
 */
function isLost(
  file: ArchiveFile,
  entry: Unconfirmed,
  failed: ReadonlySet<number>,
  repeatable: ReadonlySet<Unconfirmed>,
): boolean {
  if (!file.isOpen || failed.has(file.fd)) return true;
  return repeatable.has(entry) && !entry.jobs.every(({ wasGivenBack }) => wasGivenBack);
}
