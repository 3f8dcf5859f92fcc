import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection, ConnectionObserver } from '../cache/index.js';
import type { FrameReason } from '../metrics/index.js';
import { loadNetlink } from '../native/index.js';
import type { ArchivedRecord } from '../parse/index.js';
import { ArchiveAccounting, type SaverTotals } from './accounting.js';
import type { ArchiveError } from './archive-error.js';
import type { ArchiveFile, ArchiveModes } from './archive-file.js';
import { Chunks } from './chunks.js';
import { type Clock, SYSTEM_CLOCK } from './clock.js';
import { type Compress, createCompressor, decompressFrame } from './compress.js';
import { ConnectionArchive } from './connection-archive.js';
import { DiskHealth } from './disk-health.js';
import { FixedChunks } from './fixed-chunks.js';
import { CROWDED_BYTES, CROWDED_FRAME_BYTES, firstFrameBytes } from './frame-size.js';
import type { LineMemory } from './line-memory.js';
import { OpenFiles } from './open-files.js';
import { fileProvenance, recordProvenance } from './provenance.js';
import type { SaverContext } from './saver-context.js';
import type { SaverOptions } from './saver-options.js';
import { Syncer } from './syncer.js';
import { Writer } from './writer.js';

/** Longest line. Readers of archives, such as the reference's, fail at lines of 64 KiB. */
const MAX_LINE_BYTES = 64 * 1024 - 1;
/** Interval between two checks of the ages of lines and files. */
const TICK_MS = 100;
/** Interval at which {@link Saver.close} checks whether everything is written, and requests a sync. */
const CLOSE_TICK_MS = 20;
/** Frames that one tick may start. Without a limit, thousands of connections of one age would stall the process. */
const FRAMES_PER_TICK = 256;
/** Longest time to end all expired files, milliseconds. If necessary, a tick starts more frames for this. */
const ROTATION_MS = 10_000;
/** Shares of the limit: above the first, buffered lines are written early, down to the second. */
const FLUSH_ABOVE = 1 / 2;
const FLUSH_TO = 1 / 4;
/** Shares of the limit: under pressure above the first, until at or below the second. */
const PRESSED_ABOVE = 3 / 4;
const RELIEVED_BELOW = 1 / 2;
/** Share of the limit that dropping goes down to, so that not every record drops another. */
const DROP_TO = 15 / 16;
/** Share by which files that are being closed may exceed the limit of open files; not used while syncing is on. */
const OPEN_SLACK = 1 / 4;
/** Share of the limit of open files up to which ended files may wait for a sync; above it a sync starts early. */
const LINGERING = 1 / 2;
/** Share of the limit of waiting bytes that may hold frames until the disk confirms them. */
const KEPT = 1 / 16;
/** Number of files to close when the system has no descriptor left. */
const CLOSED_WHEN_OUT = 16;
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
  readonly #clock: Clock;
  readonly #accounting: ArchiveAccounting;
  readonly #context: SaverContext;
  readonly #memory: LineMemory;
  readonly #health = new DiskHealth();
  readonly #writer: Writer;
  readonly #syncer: Syncer;
  /** Running work that cuts files back to their confirmed length. */
  readonly #discards = new Set<Promise<void>>();
  readonly #files = new OpenFiles<ConnectionArchive>();
  readonly #archives = new Map<Connection, ConnectionArchive>();
  /** Time of the oldest buffered line of each archive, oldest first: a map keeps insertion order. */
  readonly #waiting = new Map<ConnectionArchive, number>();
  /** Time at which the file of each archive expires, earliest first: every file gets the same time. */
  readonly #expiring = new Map<ConnectionArchive, number>();
  /** Number of connections so far. */
  #connections = 0;
  #isPressed = false;
  #maxWaitingBytes: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: SaverOptions) {
    this.#options = options;
    this.#memory = options.isMemoryShort === true ? new FixedChunks() : new Chunks();
    this.#clock = options.clock ?? SYSTEM_CLOCK;
    this.#accounting = new ArchiveAccounting(options.metrics, options.log, this.#clock);
    this.#maxWaitingBytes = options.maxWaitingBytes;
    options.metrics.archive.waitingLimitBytes.set(options.maxWaitingBytes);
    options.metrics.archive.openFilesLimit.set(options.maxOpenFiles ?? Number.POSITIVE_INFINITY);
    this.#syncer = new Syncer({
      output: options.output,
      intervalMs: options.syncMs ?? 0,
      maxKeptBytes: options.maxWaitingBytes * KEPT,
      disk: options.disk ?? new (loadNetlink().FileThread)(),
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
      confirm: () => this.#syncer.now(),
      onFailure: (error) => this.#spare(error),
    });
    this.#context = this.#makeContext(compress);
  }

  /** Starts the periodic {@link tick}. Until then frames are written only for their size. */
  start(): void {
    this.#timer ??= setInterval(() => this.tick(), TICK_MS).unref();
  }

  opened(connection: Connection): void {
    const { uuid, startTime, netns } = connection;
    const origin = this.#options.provenance;
    const about = {
      uuid,
      startTime,
      ...(netns === undefined ? {} : { netns }),
      ...(origin === undefined ? {} : { provenance: fileProvenance(origin, connection) }),
    };
    this.#archives.set(connection, new ConnectionArchive(this.#context, about, firstFrameBytes(this.#connections++)));
    this.#append(connection);
  }

  changed(connection: Connection): void {
    this.#append(connection);
  }

  closed(connection: Connection): void {
    const archive = this.#archives.get(connection);
    if (archive === undefined) return;
    this.#archives.delete(connection);
    this.#endFile(archive, 'end');
    this.#relieve();
  }

  /** Outcome of records so far. */
  get totals(): SaverTotals {
    return this.#accounting.totals;
  }

  /** Memory of waiting content and of spare chunks, bytes. */
  get heldBytes(): number {
    return Math.max(this.#memory.heldBytes, this.#accounting.waitingBytes);
  }

  /** Changes the limit of waiting bytes, up to {@link SaverOptions.maxWaitingBytes}. */
  limitWaiting(bytes: number): void {
    const maxBytes = Math.min(bytes, this.#options.maxWaitingBytes);
    if (maxBytes === this.#maxWaitingBytes) return;
    this.#maxWaitingBytes = maxBytes;
    this.#options.metrics.archive.waitingLimitBytes.set(maxBytes);
    this.#relieve();
  }

  /** True while a file is being created or written to. */
  isOpen(path: string): boolean {
    return this.#files.has(path);
  }

  /** Writes lines that have reached the flush age, ends expired files, and retries a failing disk. */
  tick(): void {
    const now = this.#clock.monotonicMs();
    this.#writer.tick();
    this.#syncer.tick();
    this.#tellPressure();
    const { flushAgeMs } = this.#options;
    let rotations = budget(this.#expiring.size, ROTATION_MS);
    for (const [archive, expiresMs] of this.#expiring) {
      if (now <= expiresMs || rotations-- <= 0) break;
      this.#endFile(archive, 'rotation');
    }
    let flushes = budget(this.#waiting.size, flushAgeMs / 2);
    for (const [archive, sinceMs] of this.#waiting) {
      if (now - sinceMs < flushAgeMs || flushes-- <= 0) break;
      this.#flush(archive, 'age');
    }
  }

  /** Ends every file; the next record of a connection starts a new one. */
  rotateAll(): void {
    for (const archive of this.#archives.values()) this.#endFile(archive, 'rotation');
  }

  /**
   * Writes everything, ends every file and resolves when all are closed. No record may be published afterwards. Waits
   * at most {@link SaverOptions.closePatienceMs} in total without progress on the disk; records left then are counted
   * as lost.
   */
  async close(): Promise<void> {
    this.start();
    for (const connection of [...this.#archives.keys()]) this.closed(connection);
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
    clearInterval(this.#timer);
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
    const { output, rotateMs, modes = DEFAULT_MODES, disk, decompress = decompressFrame } = this.#options;
    return {
      output,
      rotateMs,
      modes,
      clock: this.#clock,
      accounting: this.#accounting,
      files: this.#files,
      disk: disk ?? new (loadNetlink().FileThread)(),
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
      mayLinger: () => this.#mayLinger(),
      makeRoom: () => this.#makeRoom(),
      closed: (file) => this.#fileClosed(file),
    };
  }

  #discarding(work: Promise<void>): void {
    this.#discards.add(work);
    void work.then(() => this.#discards.delete(work));
  }

  #append(connection: Connection): void {
    const archive = this.#archives.get(connection);
    if (archive === undefined || !this.#hasRoom()) return;
    const now = this.#clock.monotonicMs();
    if (archive.expiresMs !== undefined && now > archive.expiresMs) this.#endFile(archive, 'rotation');
    const wasEmpty = archive.pendingBytes === 0;
    const bytes = archive.append(this.#recordOf(connection), MAX_LINE_BYTES);
    if (bytes === 0) {
      this.#accounting.lost('oversize', 1);
      return;
    }
    if (wasEmpty) this.#waiting.set(archive, now);
    this.#accounting.recorded();
    this.#watchExpiry(archive);
    const isCrowded = this.#accounting.pendingBytes > CROWDED_BYTES;
    if (archive.isFrameFull || (isCrowded && archive.pendingBytes >= CROWDED_FRAME_BYTES)) this.#flush(archive, 'size');
    this.#relieve();
  }

  /** Notes when the archive's current file expires. */
  #watchExpiry(archive: ConnectionArchive): void {
    const { expiresMs } = archive;
    if (expiresMs === archive.watchedMs || expiresMs === undefined) return;
    archive.watchedMs = expiresMs;
    this.#expiring.delete(archive);
    this.#expiring.set(archive, expiresMs);
  }

  /** Returns whether there is room for a record; if not, counts it as lost. */
  #hasRoom(): boolean {
    // Above the limit, dropping has already removed all it can: the disk is writing the rest.
    if (this.#accounting.waitingBytes <= this.#maxWaitingBytes) return true;
    this.#accounting.lost(this.#health.lossReason, 1);
    return false;
  }

  /** Returns the newest record in its archived form. */
  #recordOf(connection: Connection): ArchivedRecord {
    const { last, netns } = connection;
    const { anonymize, provenance } = this.#options;
    const { timestamp, attributes, rawIdm: bytes } = last;
    const rawIdm = bytes === undefined ? undefined : anonymize({ rawIdm: bytes, attributes }, netns);
    if (rawIdm === bytes && provenance === undefined) return last;
    return {
      timestamp,
      ...(rawIdm === undefined ? {} : { rawIdm }),
      ...(attributes === undefined ? {} : { attributes }),
      ...(provenance === undefined ? {} : { provenance: recordProvenance(connection) }),
    };
  }

  #flush(archive: ConnectionArchive, reason: FrameReason): void {
    this.#waiting.delete(archive);
    archive.flush(reason);
  }

  #endFile(archive: ConnectionArchive, reason: FrameReason): void {
    this.#waiting.delete(archive);
    this.#expiring.delete(archive);
    archive.watchedMs = undefined;
    archive.endFile(reason);
  }

  /** Keeps waiting bytes within the limit: writes the largest buffers early, drops the oldest lines above the limit. */
  #relieve(): void {
    const maxWaitingBytes = this.#maxWaitingBytes;
    if (this.#accounting.pendingBytes > maxWaitingBytes * FLUSH_ABOVE) this.#flushLargest(maxWaitingBytes * FLUSH_TO);
    this.#tellPressure();
    const { waitingBytes } = this.#accounting;
    if (waitingBytes <= maxWaitingBytes) return;
    this.#syncer.letGo();
    const excess = this.#accounting.waitingBytes - maxWaitingBytes * DROP_TO;
    if (excess > 0) this.#writer.shed(excess, this.#health.lossReason);
  }

  #flushLargest(enoughBytes: number): void {
    const largestFirst = [...this.#waiting.keys()].sort((a, b) => b.pendingBytes - a.pendingBytes);
    for (const archive of largestFirst) {
      if (this.#accounting.pendingBytes <= enoughBytes) return;
      this.#flush(archive, 'pressure');
    }
  }

  #tellPressure(): void {
    const part = this.#accounting.waitingBytes / this.#maxWaitingBytes;
    const isPressed = part > (this.#isPressed ? RELIEVED_BELOW : PRESSED_ABOVE);
    if (isPressed === this.#isPressed) return;
    this.#isPressed = isPressed;
    this.#options.onPressure?.(isPressed);
  }

  /** Returns whether a file that ends with its first frame may stay open until its sync; other files have priority. */
  #mayLinger(): boolean {
    if (!this.#syncer.isOn) return false;
    const { maxOpenFiles = Number.POSITIVE_INFINITY } = this.#options;
    const isRoom = this.#files.open < maxOpenFiles * LINGERING;
    if (!isRoom) this.#syncer.request();
    return isRoom;
  }

  /** Returns whether another file may stay open; closes the longest idle file for it, as long as closing keeps up. */
  #makeRoom(): boolean {
    const { maxOpenFiles = Number.POSITIVE_INFINITY } = this.#options;
    const slack = this.#syncer.isOn ? 0 : Math.max(1, maxOpenFiles * OPEN_SLACK);
    if (this.#files.open >= maxOpenFiles + slack) {
      this.#syncer.request();
      this.#accounting.closedIdle();
      return false;
    }
    if (this.#files.lasting >= maxOpenFiles) this.#closeIdle();
    return true;
  }

  #closeIdle(): void {
    const archive = this.#files.longestIdle();
    if (archive === undefined) return;
    this.#accounting.closedIdle();
    this.#endFile(archive, 'descriptors');
  }

  #spare({ code }: ArchiveError): void {
    if (code !== 'EMFILE' && code !== 'ENFILE') return;
    this.#syncer.request();
    for (let i = 0; i < CLOSED_WHEN_OUT; i++) this.#closeIdle();
  }

  #fileClosed({ path, length, openedMs, closeError, isRemoved, isNameless }: ArchiveFile): void {
    if (!isNameless) this.#files.gone(path);
    this.#accounting.closed();
    if (closeError !== undefined) this.#accounting.failed(closeError);
    if (!isRemoved) this.#options.onFileClosed?.(path, length, openedMs);
  }
}

/** Returns how many of `count` archives one tick may process, so that even if all are due, all are done within `ms`. */
function budget(count: number, ms: number): number {
  return Math.max(FRAMES_PER_TICK, Math.ceil((count * TICK_MS) / ms));
}
