import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection, ConnectionObserver } from '../cache/index.js';
import { loadNetlink } from '../native/index.js';
import { ArchiveAccounting, type SaverTotals } from './accounting.js';
import type { ArchiveFile, ArchiveModes, Disk } from './archive-file.js';
import { archivedMetadata, archivedRecord } from './archived-record.js';
import { Chunks } from './chunks.js';
import { type Clock, SYSTEM_CLOCK } from './clock.js';
import { ConnectionFiles, NoHeads } from './connection-files.js';
import { type Compress, createCompressor, decompressFrame } from './create-compressor.js';
import { DiskHealth } from './disk-health.js';
import { ExchangeFiles } from './exchange-files.js';
import { FileLimit } from './file-limit.js';
import { FileSchedule, TICK_MS } from './file-schedule.js';
import { FileSeries } from './file-series.js';
import { FixedChunks } from './fixed-chunks.js';
import { CROWDED_BYTES, CROWDED_FRAME_BYTES, firstFrameBytes } from './frame-size.js';
import type { LineMemory } from './line-memory.js';
import { OpenFiles } from './open-files.js';
import type { SaverContext } from './saver-context.js';
import type { SaverOptions } from './saver-options.js';
import { Syncer } from './syncer.js';
import { UNUSED_DISK } from './unused-disk.js';
import { WaitingLimit } from './waiting-limit.js';
import { Writer } from './writer.js';

/** Longest line. Readers of archives, such as the reference's, fail at lines of 64 KiB. */
const MAX_LINE_BYTES = 64 * 1024 - 1;
/** Interval at which {@link Saver.close} checks whether everything is written, and requests a sync. */
const CLOSE_TICK_MS = 20;
/** Ticks between two looks for memory that is not needed: 20 s, longer than a wave of connections fills its chunks. */
const FREE_TICKS = 20_000 / TICK_MS;
/** Share of the limit of waiting bytes that may hold frames until the disk confirms them. */
const KEPT = 1 / 16;
/** Longest total time that {@link Saver.close} waits without progress on the disk, milliseconds. */
const CLOSE_PATIENCE_MS = 5000;
/** Time that {@link Saver.close} gives other work to end after its patience, milliseconds. */
const CLOSE_GRACE_MS = 500;

/** Modes of m-lab/tcp-info, before the umask. */
const DEFAULT_MODES: ArchiveModes = { file: 0o666, folder: 0o777 };

/**
 * Writes the records of each connection to its archives. Buffers lines in memory and writes them as zstd frames: at 80
 * KiB, when the oldest line reaches the flush age, when too many bytes wait in total (largest buffer first), when the
 * file expires, and at the end.
 */
export class Saver implements ConnectionObserver {
  readonly #options: SaverOptions;
  readonly #writesFiles: boolean;
  readonly #clock: Clock;
  readonly #accounting: ArchiveAccounting;
  readonly #context: SaverContext;
  readonly #memory: LineMemory;
  #ticks = 0;
  readonly #health = new DiskHealth();
  readonly #writer: Writer;
  readonly #syncer: Syncer;
  /** Running work that cuts files back to their confirmed length. */
  readonly #discards = new Set<Promise<void>>();
  readonly #files = new OpenFiles<FileSeries>();
  readonly #archives = new Map<Connection, FileSeries>();
  /** Archives of HTTP exchanges; undefined before the first exchange. */
  #exchanges: FileSeries | undefined;
  readonly #schedule: FileSchedule;
  readonly #waitingLimit: WaitingLimit;
  readonly #fileLimit: FileLimit;
  /** Number of connections so far. */
  #connections = 0;
  /** Ends the ticks; undefined before they begin. */
  #stopTicks: (() => void) | undefined;

  constructor(options: SaverOptions) {
    this.#options = options;
    this.#writesFiles = options.writesFiles ?? true;
    this.#memory = options.isMemoryShort === true ? new FixedChunks() : new Chunks();
    this.#clock = options.clock ?? SYSTEM_CLOCK;
    this.#accounting = new ArchiveAccounting(options.metrics, options.log, this.#clock);
    this.#schedule = new FileSchedule(this.#clock, options.flushAgeMs);
    options.metrics.archive.openFilesLimit.set(options.maxOpenFiles ?? Number.POSITIVE_INFINITY);
    this.#syncer = new Syncer({
      output: options.output,
      intervalMs: this.#writesFiles ? (options.syncMs ?? 0) : 0,
      maxKeptBytes: options.maxWaitingBytes * KEPT,
      disk: this.#createDisk(),
      clock: this.#clock,
      accounting: this.#accounting,
      done: (job) => this.#writer.done(job),
      closed: (file) => this.#fileClosed(file),
      onFailed: (error, archives) => this.#writer.notConfirmed(error, archives),
    });
    const compress = options.compress ?? createCompressor().compress;
    this.#writer = new Writer({
      health: this.#health,
      accounting: this.#accounting,
      clock: this.#clock,
      compress,
      framesOnly: !this.#writesFiles,
      confirm: () => this.#syncer.now(),
      onFailure: (error) => this.#fileLimit.spare(error),
    });
    const parts = { accounting: this.#accounting, schedule: this.#schedule, syncer: this.#syncer };
    this.#fileLimit = new FileLimit({ ...parts, maxOpenFiles: options.maxOpenFiles, files: this.#files });
    const { metrics, maxWaitingBytes, onPressure } = options;
    this.#waitingLimit = new WaitingLimit({
      ...parts,
      maxWaitingBytes,
      ...(onPressure === undefined ? {} : { onPressure }),
      metrics,
      health: this.#health,
      writer: this.#writer,
    });
    this.#context = this.#makeContext(compress);
  }

  /** Starts the periodic {@link tick}. Until then frames are written only for their size. */
  start(): void {
    this.#stopTicks ??= (this.#options.every ?? unrefInterval)(TICK_MS, () => this.tick());
  }

  opened(connection: Connection): void {
    const about = archivedMetadata(connection, this.#options);
    const { process, flows, frames } = this.#options;
    const files = new ConnectionFiles({
      about,
      clock: this.#clock,
      process: process && (() => process(connection)),
      flow: flows?.readerOf(connection),
    });
    const firstBytes = firstFrameBytes(this.#connections++);
    const archive = new FileSeries(this.#context, this.#writesFiles ? files : new NoHeads(files), firstBytes);
    if (frames !== undefined) {
      const flush = (): void => this.#schedule.flush(archive, 'age');
      archive.deliverTo(frames.opened(connection, { metadata: () => files.metadata(0), flush }));
    }
    this.#archives.set(connection, archive);
    this.#append(connection);
  }

  changed(connection: Connection): void {
    this.#append(connection);
  }

  closed(connection: Connection): void {
    const archive = this.#archives.get(connection);
    if (archive === undefined) return;
    this.#archives.delete(connection);
    const end = (): void => {
      this.#schedule.endFile(archive, 'end');
      archive.closed();
      this.#waitingLimit.relieve();
    };
    // A short connection has ended before the answer came, and its only frame has the metadata.
    if (this.#options.flows?.whenKnown(connection, end) !== true) end();
  }

  /**
   * Appends a line with its newline to the archive of HTTP exchanges. As records, lines are written at once when there
   * are enough, lost when the disk takes none for too long, and counted then.
   */
  exchanged(line: string): void {
    if (!this.#waitingLimit.hasRoom()) return;
    this.#exchanges ??= new FileSeries(this.#context, new ExchangeFiles(this.#clock));
    const archive = this.#exchanges;
    const now = this.#expire(archive);
    const wasEmpty = archive.pendingBytes === 0;
    this.#appended(archive, archive.appendLine(line, MAX_LINE_BYTES), wasEmpty, now);
  }

  /** Outcome of records so far. */
  get totals(): SaverTotals {
    return this.#accounting.totals;
  }

  /** Bytes of frames on their way to the disk. */
  get writingBytes(): number {
    return this.#accounting.heldBytes;
  }

  /** Memory of waiting content and of spare chunks, bytes. */
  get heldBytes(): number {
    return Math.max(this.#memory.heldBytes, this.#accounting.waitingBytes);
  }

  /** Changes the limit of waiting bytes, up to {@link SaverOptions.maxWaitingBytes}. */
  limitWaiting(bytes: number): void {
    this.#waitingLimit.change(bytes);
  }

  /** Resolves when the lines of all frames so far are with their receivers, or dropped. */
  async framesFinished(): Promise<void> {
    await this.#writer.compressed();
  }

  /** True while a file is being created or written to. */
  isOpen(path: string): boolean {
    return this.#files.has(path);
  }

  /** Writes lines that have reached the flush age, ends expired files, and retries a failing disk. */
  tick(): void {
    this.#writer.tick();
    this.#syncer.tick();
    this.#waitingLimit.reportPressure();
    this.#schedule.tick();
    this.#ticks++;
    if (this.#ticks % FREE_TICKS === 0) this.#memory.freeUnused();
  }

  /** Lets the disk take what is on its way to it, while nothing ticks: a replay that has come to its end. */
  settle(): void {
    this.#writer.tick();
    this.#syncer.request();
  }

  /** Ends every file; the next record of a connection starts a new one. */
  rotateAll(): void {
    for (const archive of this.#archives.values()) this.#schedule.endFile(archive, 'rotation');
    if (this.#exchanges !== undefined) this.#schedule.endFile(this.#exchanges, 'rotation');
  }

  /**
   * Writes everything, ends every file and resolves when all are closed. No record may be published afterwards. Waits
   * at most {@link SaverOptions.closePatienceMs} in total without progress on the disk; records left then are counted
   * as lost.
   */
  async close(): Promise<void> {
    // From here on by the machine's clock: nothing decides any longer where files and frames end.
    this.#stopTicks?.();
    this.#stopTicks = unrefInterval(TICK_MS, () => this.tick());
    for (const connection of [...this.#archives.keys()]) this.closed(connection);
    if (this.#exchanges !== undefined) this.#schedule.endFile(this.#exchanges, 'end');
    if (!(await this.#drained())) {
      const reason = this.#health.lossReason;
      this.#writer.dropAll(reason);
      // Remaining: files to close, and jobs that are being written or are unconfirmed.
      if (!(await this.#writer.drained(CLOSE_GRACE_MS))) {
        const unconfirmed = this.#syncer.unconfirmedRecords;
        if (unconfirmed > 0) this.#accounting.unconfirmed(unconfirmed);
        this.#syncer.letGo();
        this.#writer.abandon(reason);
      }
    }
    // Lines that are counted as lost must not be in a file: wait until they are cut off.
    await Promise.race([Promise.all(this.#discards), sleep(CLOSE_GRACE_MS, undefined, { ref: false })]);
    this.#stopTicks();
  }

  /** Waits until everything is written or the patience is used up. Returns whether everything is written. */
  async #drained(): Promise<boolean> {
    let patienceMs = this.#options.closePatienceMs ?? CLOSE_PATIENCE_MS;
    while (patienceMs > 0) {
      const finished = this.#writer.finished;
      const beganMs = performance.now();
      if (await this.#writer.drained(CLOSE_TICK_MS)) {
        if (this.#syncer.isClean) return true;
        await Promise.race([this.#syncer.now(), sleep(TICK_MS, undefined, { ref: false })]);
      } else {
        this.#syncer.request();
      }
      const getsOn = this.#writer.finished > finished && !this.#health.isSick;
      if (!getsOn) patienceMs -= performance.now() - beganMs;
    }
    return false;
  }

  #makeContext(compress: Compress): SaverContext {
    const { output, modes = DEFAULT_MODES, decompress = decompressFrame } = this.#options;
    return {
      output,
      // Without files nothing expires.
      rotateMs: this.#writesFiles ? this.#options.rotateMs : Number.POSITIVE_INFINITY,
      modes,
      clock: this.#clock,
      accounting: this.#accounting,
      files: this.#files,
      disk: this.#createDisk(),
      compress,
      decompress,
      memory: this.#memory,
      submit: (archive, job) => this.#writer.submit(archive, job),
      written: (archive, job, file) => this.#syncer.written(archive, job, file),
      end: (file) => this.#syncer.end(file),
      isConfirmed: (file) => this.#syncer.isConfirmed(file),
      confirms: this.#syncer.isOn,
      discarding: (work) => this.#discarding(work),
      done: (job) => this.#writer.done(job),
      mayLinger: () => this.#fileLimit.mayLinger(),
      makeRoom: () => this.#fileLimit.makeRoom(),
      closed: (file) => this.#fileClosed(file),
    };
  }

  #createDisk(): Disk {
    if (!this.#writesFiles) return UNUSED_DISK;
    return this.#options.disk ?? new (loadNetlink().FileThread)();
  }

  #discarding(work: Promise<void>): void {
    this.#discards.add(work);
    void work.then(() => this.#discards.delete(work));
  }

  #append(connection: Connection): void {
    const archive = this.#archives.get(connection);
    if (archive === undefined || !this.#waitingLimit.hasRoom()) return;
    const now = this.#expire(archive);
    const wasEmpty = archive.pendingBytes === 0;
    const bytes = archive.append(archivedRecord(connection, this.#options), MAX_LINE_BYTES);
    if (bytes > 0) this.#accounting.recorded();
    this.#appended(archive, bytes, wasEmpty, now);
  }

  /** Ends the current file of an archive if it has expired. Returns the time. */
  #expire(archive: FileSeries): number {
    const now = this.#clock.monotonicMs();
    if (archive.expiresMs !== undefined && now > archive.expiresMs) this.#schedule.endFile(archive, 'rotation');
    return now;
  }

  /** Does what a line of an archive asks for; 0 bytes: it was too long. */
  #appended(archive: FileSeries, bytes: number, wasEmpty: boolean, now: number): void {
    if (bytes === 0) {
      this.#accounting.lost('oversize', 1);
      return;
    }
    if (wasEmpty) this.#schedule.began(archive, now);
    this.#schedule.watch(archive);
    const isCrowded = this.#accounting.pendingBytes > CROWDED_BYTES;
    const isFull = archive.isFrameFull || (isCrowded && archive.pendingBytes >= CROWDED_FRAME_BYTES);
    if (isFull) this.#schedule.flush(archive, 'size');
    this.#waitingLimit.relieve();
  }

  #fileClosed({ path, length, openedMs, closeError, isRemoved, isNameless }: ArchiveFile): void {
    if (!isNameless) this.#files.gone(path);
    this.#accounting.closed();
    if (closeError !== undefined) this.#accounting.failed(closeError);
    if (!isRemoved) this.#options.onFileClosed?.(path, length, openedMs);
  }
}

function unrefInterval(ms: number, run: () => void): () => void {
  const timer = setInterval(run, ms).unref();
  return () => clearInterval(timer);
}
