import type { Connection, ConnectionObserver } from '../cache/index.js';
import type { Logger } from '../log/index.js';
import type { FrameReason, Metrics } from '../metrics/index.js';
import { encodeRecord } from '../parse/index.js';
import { ArchiveAccounting } from './accounting.js';
import type { Anonymize } from './anonymize.js';
import { type Clock, SYSTEM_CLOCK } from './clock.js';
import { ConnectionArchive } from './connection-archive.js';
import type { SaverContext } from './saver-context.js';

/** Content of a frame: enough that frames compress as well as one stream would. */
const FRAME_BYTES = 64 * 1024;
/** Readers of archives, the reference's among them, give up at lines of 64 KiB. */
const MAX_LINE_BYTES = 64 * 1024 - 1;
/** How often ages are looked at. */
const TICK_MS = 100;
/** Frames that one tick may begin, so that thousands of connections of one age do not stall the process. */
const FRAMES_PER_TICK = 256;

export interface SaverOptions {
  /** The output folder, absolute; it exists. */
  readonly output: string;
  /** The longest that a line waits in memory, milliseconds. */
  readonly flushAgeMs: number;
  /** How long a file is written to, milliseconds. */
  readonly rotateMs: number;
  /** Lines that may wait in memory, bytes. */
  readonly maxWaitingBytes: number;
  readonly anonymize: Anonymize;
  readonly metrics: Pick<Metrics, 'archive' | 'reference'>;
  readonly log: Logger;
  /** The machine's, unless a test brings another. */
  readonly clock?: Clock;
}

/**
 * Writes every connection's records to its archives. Lines gather in memory and leave as zstd frames: when there are
 * 64 KiB of them, when the oldest reaches the flush age, when too much waits in all (largest first), when the file has
 * had its time, and at the end.
 */
export class Saver implements ConnectionObserver {
  readonly #options: SaverOptions;
  readonly #clock: Clock;
  readonly #accounting: ArchiveAccounting;
  readonly #context: SaverContext;
  readonly #archives = new Map<Connection, ConnectionArchive>();
  /** When the oldest waiting line of an archive came; in that order, since maps keep the order of insertion. */
  readonly #waiting = new Map<ConnectionArchive, number>();
  /** When the file of an archive has had its time; in that order, since every file gets the same. */
  readonly #expiring = new Map<ConnectionArchive, number>();
  /** Ended connections whose last frames are on their way. */
  readonly #ending = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: SaverOptions) {
    this.#options = options;
    this.#clock = options.clock ?? SYSTEM_CLOCK;
    this.#accounting = new ArchiveAccounting(options.metrics, options.log, this.#clock);
    options.metrics.archive.waitingLimitBytes.set(options.maxWaitingBytes);
    const { output, rotateMs } = options;
    this.#context = { output, rotateMs, clock: this.#clock, accounting: this.#accounting };
  }

  /** Begins to look at ages. Until then only size makes frames. */
  start(): void {
    this.#timer ??= setInterval(() => this.tick(), TICK_MS).unref();
  }

  opened(connection: Connection): void {
    this.#archives.set(connection, new ConnectionArchive(this.#context, connection.uuid, connection.startTime));
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
    const settled = archive.settled().finally(() => this.#ending.delete(settled));
    this.#ending.add(settled);
  }

  /** Writes lines that have waited long enough, and ends files that have had their time. */
  tick(): void {
    const now = this.#clock.monotonicMs();
    let budget = FRAMES_PER_TICK;
    for (const [archive, expiresMs] of this.#expiring) {
      if (now <= expiresMs || budget <= 0) break;
      budget--;
      this.#endFile(archive, 'rotation');
    }
    for (const [archive, sinceMs] of this.#waiting) {
      if (now - sinceMs < this.#options.flushAgeMs || budget <= 0) break;
      budget--;
      this.#flush(archive, 'age');
    }
  }

  /** Ends every file; the next record of a connection begins its next one. */
  rotateAll(): void {
    for (const archive of this.#archives.values()) this.#endFile(archive, 'rotation');
  }

  /** Writes everything, ends every file and resolves when all are closed. Nothing may be published after. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    for (const connection of [...this.#archives.keys()]) this.closed(connection);
    await Promise.all(this.#ending);
  }

  #append(connection: Connection): void {
    const archive = this.#archives.get(connection);
    if (archive === undefined) return;
    const line = this.#encode(connection);
    if (line === undefined) return;
    const now = this.#clock.monotonicMs();
    if (archive.expiresMs !== undefined && now > archive.expiresMs) this.#endFile(archive, 'rotation');
    if (archive.pendingBytes === 0) this.#waiting.set(archive, now);
    this.#accounting.recorded(archive.append(line));
    this.#watchExpiry(archive);
    if (archive.pendingBytes >= FRAME_BYTES) this.#flush(archive, 'size');
    if (this.#accounting.waitingBytes > this.#options.maxWaitingBytes) this.#relievePressure();
  }

  /** Notes when the archive's file, which may be a new one, has had its time. */
  #watchExpiry(archive: ConnectionArchive): void {
    const { expiresMs } = archive;
    if (expiresMs === undefined || this.#expiring.get(archive) === expiresMs) return;
    this.#expiring.delete(archive);
    this.#expiring.set(archive, expiresMs);
  }

  /** The record's line, or undefined when it cannot be taken: counted. */
  #encode({ last: { timestamp, rawIdm, attributes } }: Connection): string | undefined {
    if (this.#accounting.inFlightBytes > this.#options.maxWaitingBytes) {
      this.#accounting.lost('pressure', 1);
      return undefined;
    }
    const line = encodeRecord({
      timestamp,
      ...(rawIdm === undefined ? {} : { rawIdm: this.#options.anonymize(rawIdm) }),
      ...(attributes === undefined ? {} : { attributes }),
    });
    if (line.length <= MAX_LINE_BYTES) return line;
    this.#accounting.lost('oversize', 1);
    return undefined;
  }

  #flush(archive: ConnectionArchive, reason: FrameReason): void {
    this.#waiting.delete(archive);
    archive.flush(reason);
  }

  #endFile(archive: ConnectionArchive, reason: FrameReason): void {
    this.#waiting.delete(archive);
    this.#expiring.delete(archive);
    archive.endFile(reason);
  }

  /** Makes room by writing the largest first, until half of the bound is free. */
  #relievePressure(): void {
    const enough = this.#options.maxWaitingBytes / 2;
    // Checked before the sort: when what waits is on its way already, the disk has to catch up.
    if (this.#accounting.pendingBytes <= enough) return;
    const largestFirst = [...this.#waiting.keys()].sort((a, b) => b.pendingBytes - a.pendingBytes);
    for (const archive of largestFirst) {
      if (this.#accounting.pendingBytes <= enough) return;
      this.#flush(archive, 'pressure');
    }
  }
}
