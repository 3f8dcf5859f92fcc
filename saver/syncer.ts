import type { SyncFailure } from '../native/index.js';
import { ArchiveError } from './archive-error.js';
import type { ArchiveFile, Disk } from './archive-file.js';
import type { Clock } from './clock.js';
import type { Job } from './job.js';
import type { Accounting, JobSource } from './saver-context.js';

/** The next sync begins early at this part of what may be kept: while much is written, little is at risk. */
const SYNC_ABOVE = 1 / 8;

/** What a {@link Syncer} works with. */
export interface SyncerOptions {
  /** The output folder. */
  readonly output: string;
  /** The longest that something written waits for its sync to begin, milliseconds; 0: nothing is synced. */
  readonly intervalMs: number;
  /** What is kept in memory of what is written and not confirmed, bytes. At an eighth of it the next sync begins. */
  readonly maxKeptBytes: number;
  /** A thread of its own: it may take long. */
  readonly disk: Pick<Disk, 'sync'>;
  readonly clock: Clock;
  readonly accounting: Accounting;
  /** A job is confirmed, or nothing can be done for it any more. */
  readonly done: (job: Job) => void;
  /** A file is closed. */
  readonly closed: (file: ArchiveFile) => void;
  /** The disk did not take what it was given: these archives have it back. */
  readonly onFailed: (error: ArchiveError, archives: ReadonlySet<JobSource>) => void;
}

/** What was written to a file and is not confirmed. */
interface Unconfirmed {
  readonly archive: JobSource;
  readonly folder: string;
  /** In their order, with the frames that were written. */
  readonly jobs: Job[];
  /** Lines that are in memory no more. */
  unkept: number;
  /** The file's length with all of it. */
  length: number;
}

type ByFile = Map<ArchiveFile, Unconfirmed>;

/**
 * Has the disk confirm what was written, every few seconds for all files at once, since a write succeeds as soon as the
 * kernel has the bytes. Until then frames are kept, as far as there is room, and files that ended stay open: uploaders act
 * on the close. When a write-back has failed, every file that was written to since the last sync is cut back to what was
 * confirmed, and its archive gets the frames back.
 */
export class Syncer {
  readonly #options: SyncerOptions;
  #written: ByFile = new Map();
  /** What the sync under way covers. */
  #covered: ByFile = new Map();
  readonly #closing = new WeakMap<ArchiveFile, Promise<void>>();
  /** Files that the disk has confirmed and that may be being closed. */
  readonly #confirming = new Set<Promise<void>>();
  #running: Promise<boolean> | undefined;
  #keptBytes = 0;
  /** When the first of what is written came. */
  #sinceMs = 0;
  #lastTookMs = 0;
  #endedMs = Number.NEGATIVE_INFINITY;
  #isRequested = false;

  constructor(options: SyncerOptions) {
    this.#options = options;
    // Opens the folder, and takes in what failed before there were any archives of this process.
    if (this.isOn) void options.disk.sync([options.output], []);
  }

  /** Whether anything is synced. */
  get isOn(): boolean {
    return this.#options.intervalMs > 0;
  }

  /** Whether the disk has everything, and files that ended are closed. */
  get isClean(): boolean {
    return this.#written.size === 0 && this.#covered.size === 0 && this.#confirming.size === 0;
  }

  /** Records that are written and not confirmed. */
  get unconfirmedRecords(): number {
    let records = 0;
    for (const { jobs, unkept } of [...this.#written.values(), ...this.#covered.values()]) {
      records += jobs.reduce((sum, { lines }) => sum + lines, unkept);
    }
    return records;
  }

  /** A job is in its file. */
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
    // Who has jobs back needs the one that closes the file, too.
    if (isFull && !(job.closes && this.#hasJobs(file))) {
      entry.unkept += this.#release(job);
      this.#options.done(job);
    } else {
      entry.jobs.push(job);
      this.#keptBytes += job.heldBytes;
    }
    if (this.#keptBytes > this.#options.maxKeptBytes * SYNC_ABOVE) this.request();
  }

  /** Closes a file that ends: now, or once the disk has confirmed it. */
  async end(file: ArchiveFile): Promise<void> {
    file.isEnding = true;
    if (this.isConfirmed(file)) await this.#close(file);
  }

  /** Whether the disk has all of a file. */
  isConfirmed(file: ArchiveFile): boolean {
    return !this.#written.has(file) && !this.#covered.has(file);
  }

  /** Begins a sync when something has waited for it long enough, or when it was asked for. */
  tick(): void {
    if (this.#running !== undefined || this.#written.size === 0) return;
    const { clock, intervalMs } = this.#options;
    const isDue = clock.monotonicMs() - this.#sinceMs >= intervalMs;
    // The disk has other work, too: at most half of the time goes to syncs.
    const isRested = performance.now() - this.#endedMs >= this.#lastTookMs;
    if (isDue || (this.#isRequested && isRested)) void this.#begin();
  }

  /** Has the next sync begin as soon as may be. */
  request(): void {
    this.#isRequested = true;
    this.tick();
  }

  /** Syncs what is written by now, and closes the files that ended. Returns whether the disk has it. */
  async now(): Promise<boolean> {
    let isWell = true;
    while (this.#running !== undefined) isWell = (await this.#running) && isWell;
    if (this.#written.size > 0) isWell = (await this.#begin()) && isWell;
    await Promise.all(this.#confirming);
    return isWell;
  }

  /** Keeps nothing any more of what is written by now: memory is needed. It is lost only if the next sync fails. */
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

  /** Lets go of a job that was written. Returns its lines. */
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

  /** Returns whether the disk has everything all the same. */
  #fail(covered: ByFile, failure: SyncFailure): boolean {
    const failed = new Set(failure.failed);
    const archives = new Set<JobSource>();
    const repeatable = this.#repeatable(covered);
    const backwards: [ArchiveFile, Unconfirmed][] = [];
    for (const [file, entry] of covered) {
      if (isLost(file, entry, failed, repeatable)) archives.add(entry.archive);
      // Later files of the same connections, too: their records stay in order.
      if (archives.has(entry.archive)) backwards.push([file, entry]);
      else this.#confirm(file, entry);
    }
    // What was written meanwhile waits for the next sync, unless it stands behind what is lost.
    for (const [file, entry] of this.#written) if (archives.has(entry.archive)) backwards.push([file, entry]);
    const error = ArchiveError.of(this.#options.output, failure);
    for (const [file, entry] of backwards.reverse()) this.#giveBack(file, entry, error);
    this.#options.onFailed(error, archives);
    return archives.size === 0;
  }

  /** What can be written again without a loss: it is in memory, and so is all that its archive has behind it. */
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
 * Whether what was written to a file is taken for lost: its own write-back failed, or it cannot be asked, or any failed on
 * its file system and it can be written again. That failure may be of another program's file, or of what holds files
 * together: what was given back before is believed to be well, and so is what would be lost if it was not.
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
