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
import { type Compress, createCompressor } from './compress.js';
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

/** Readers of archives, the reference's among them, give up at lines of 64 KiB. */
const MAX_LINE_BYTES = 64 * 1024 - 1;
/** How often ages are looked at. */
const TICK_MS = 100;
/** How often the end looks whether all is written, and has it synced. */
const CLOSE_TICK_MS = 20;
/** Frames that one tick may begin, so that thousands of connections of one age do not stall the process: this many... */
const FRAMES_PER_TICK = 256;
/** ... or what it takes to be through with all files that have had their time in this long, milliseconds. */
const ROTATION_MS = 10_000;
/** What waits is written early at this part of the bound, to this part. */
const FLUSH_ABOVE = 1 / 2;
const FLUSH_TO = 1 / 4;
/** Pressed above this part of the bound, until it is below the other. */
const PRESSED_ABOVE = 3 / 4;
const RELIEVED_BELOW = 1 / 2;
/** Dropping makes this much room, so that not every record drops another. */
const DROP_TO = 15 / 16;
/** How far files on their way to being closed may exceed the limit of open ones, a part of it; not while they are synced before. */
const OPEN_SLACK = 1 / 4;
/** How many of the files that may be open may be such that ended and wait for their sync, and when that is hurried. */
const LINGERING = 1 / 2;
/** What is kept in memory until the disk confirms it, a part of what may wait. */
const KEPT = 1 / 16;
/** Files that are closed at once when the system has no descriptor left. */
const CLOSED_WHEN_OUT = 16;
/** How long a close waits for a disk that is sick or takes nothing, in all, milliseconds. */
const CLOSE_PATIENCE_MS = 5000;
/** What else has to end after that has this long, milliseconds. */
const CLOSE_GRACE_MS = 500;

/** Modes of m-lab/tcp-info, of which the umask takes its part. */
const DEFAULT_MODES: ArchiveModes = { file: 0o666, folder: 0o777 };

/**
 * Writes every connection's records to its archives. Lines gather in memory and leave as zstd frames: when there are
 * 80 KiB of them, when the oldest reaches the flush age, when too much waits in all (largest first), when the file has
 * had its time, and at the end.
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
  /** Files that are being cut back to what the disk has confirmed. */
  readonly #discards = new Set<Promise<void>>();
  readonly #files = new OpenFiles<ConnectionArchive>();
  readonly #archives = new Map<Connection, ConnectionArchive>();
  /** When the oldest waiting line of an archive came; in that order, since maps keep the order of insertion. */
  readonly #waiting = new Map<ConnectionArchive, number>();
  /** When the file of an archive has had its time; in that order, since every file gets the same. */
  readonly #expiring = new Map<ConnectionArchive, number>();
  /** How many there have been. */
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

  /** Begins to look at ages. Until then only size makes frames. */
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

  /** What has become of records so far. */
  get totals(): SaverTotals {
    return this.#accounting.totals;
  }

  /** Memory of what waits, and of what is kept for it, bytes. */
  get heldBytes(): number {
    return Math.max(this.#memory.heldBytes, this.#accounting.waitingBytes);
  }

  /** Sets anew how much may wait; the most is {@link SaverOptions.maxWaitingBytes}. */
  limitWaiting(bytes: number): void {
    const maxBytes = Math.min(bytes, this.#options.maxWaitingBytes);
    if (maxBytes === this.#maxWaitingBytes) return;
    this.#maxWaitingBytes = maxBytes;
    this.#options.metrics.archive.waitingLimitBytes.set(maxBytes);
    this.#relieve();
  }

  /** Whether a file is being made or written to. */
  isOpen(path: string): boolean {
    return this.#files.has(path);
  }

  /** Writes lines that have waited long enough, ends files that have had their time, and tries a sick disk again. */
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

  /** Ends every file; the next record of a connection begins its next one. */
  rotateAll(): void {
    for (const archive of this.#archives.values()) this.#endFile(archive, 'rotation');
  }

  /**
   * Writes everything, ends every file and resolves when all are closed. Nothing may be published after. From a disk
   * that is sick or takes nothing it takes {@link SaverOptions.closePatienceMs} in all; what is left then is lost, and
   * counted.
   */
  async close(): Promise<void> {
    this.start();
    for (const connection of [...this.#archives.keys()]) this.closed(connection);
    if (!(await this.#drained())) {
      const reason = this.#health.lossReason;
      this.#writer.dropAll(reason);
      // What is left are files to be closed, and what the disk has in its hands.
      if (!(await this.#writer.drained(CLOSE_GRACE_MS))) {
        const unconfirmed = this.#syncer.unconfirmedRecords;
        if (unconfirmed > 0) this.#accounting.unconfirmed(unconfirmed);
        this.#syncer.letGo();
        this.#writer.abandon(reason);
      }
    }
    // Lines that are counted as lost are not to be found in a file.
    await Promise.race([Promise.all(this.#discards), sleep(CLOSE_GRACE_MS, undefined, { ref: false })]);
    clearInterval(this.#timer);
  }

  /** Waits until everything is written, or patience is at its end. Returns which. */
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
    const { output, rotateMs, modes = DEFAULT_MODES, disk } = this.#options;
    return {
      output,
      rotateMs,
      modes,
      clock: this.#clock,
      accounting: this.#accounting,
      files: this.#files,
      disk: disk ?? new (loadNetlink().FileThread)(),
      compress,
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

  /** Notes when the archive's file, which may be a new one, has had its time. */
  #watchExpiry(archive: ConnectionArchive): void {
    const { expiresMs } = archive;
    if (expiresMs === archive.watchedMs || expiresMs === undefined) return;
    archive.watchedMs = expiresMs;
    this.#expiring.delete(archive);
    this.#expiring.set(archive, expiresMs);
  }

  /** Whether a record can be taken. One that cannot is counted: it is lost. */
  #hasRoom(): boolean {
    // Nothing could be dropped for it: the disk has everything in its hands.
    if (this.#accounting.waitingBytes <= this.#maxWaitingBytes) return true;
    this.#accounting.lost(this.#health.lossReason, 1);
    return false;
  }

  /** The newest record as it is archived. */
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

  /** Keeps what waits within its bound: the largest are written early, and at the bound the oldest dropped. */
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

  /** Whether a file that ends with its first frame may stay open until it is synced: others have the descriptors first. */
  #mayLinger(): boolean {
    if (!this.#syncer.isOn) return false;
    const { maxOpenFiles = Number.POSITIVE_INFINITY } = this.#options;
    const isRoom = this.#files.open < maxOpenFiles * LINGERING;
    if (!isRoom) this.#syncer.request();
    return isRoom;
  }

  /** Whether another file may stay open. The longest idle is closed for it, as long as closing keeps up. */
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

/** How many of `count` archives one tick may see to, so that all are seen to within `ms` even when all are due at once. */
function budget(count: number, ms: number): number {
  return Math.max(FRAMES_PER_TICK, Math.ceil((count * TICK_MS) / ms));
}
