import { type Logger, TroubleLog } from '../log/index.js';
import type { FrameReason, LossReason, Metrics } from '../metrics/index.js';
import type { ArchiveError } from './archive-file.js';
import type { Clock } from './clock.js';
import type { Accounting } from './saver-context.js';

/** Keeps the archive's metrics, and says on the log when trouble with the disk begins and ends. */
export class ArchiveAccounting implements Accounting {
  readonly #archive: Metrics['archive'];
  readonly #reference: Metrics['reference'];
  readonly #trouble: TroubleLog;
  readonly #pressure: TroubleLog;
  readonly #oversize: TroubleLog;
  #openFiles = 0;
  #inFlightBytes = 0;
  #pendingBytes = 0;

  constructor({ archive, reference }: Pick<Metrics, 'archive' | 'reference'>, log: Logger, clock: Clock) {
    this.#archive = archive;
    this.#reference = reference;
    const options = { nowMs: () => clock.monotonicMs() };
    this.#trouble = new TroubleLog(log, options);
    this.#pressure = new TroubleLog(log, options);
    this.#oversize = new TroubleLog(log, options);
  }

  /** Bytes that are being compressed and written. */
  get inFlightBytes(): number {
    return this.#inFlightBytes;
  }

  /** Bytes of lines that gather for their frame. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** Bytes of lines in memory, gathering or on their way. */
  get waitingBytes(): number {
    return this.#pendingBytes + this.#inFlightBytes;
  }

  /** A record was taken in. */
  recorded(bytes: number): void {
    this.#reference.snapshots.inc();
    this.#pendingBytes += bytes;
    this.#show();
    this.#pressure.succeeded('archive takes records again');
  }

  sent(bytes: number): void {
    this.#pendingBytes -= bytes;
    this.#inFlightBytes += bytes;
  }

  settled(bytes: number): void {
    this.#inFlightBytes -= bytes;
    this.#show();
  }

  wrote(frameBytes: number, contentBytes: number, reason: FrameReason): void {
    this.#archive.writtenBytes.inc(frameBytes);
    this.#archive.uncompressedBytes.inc(contentBytes);
    this.#archive.frames.inc(reason);
    this.healthy();
  }

  created(): void {
    this.#reference.newFiles.inc();
  }

  opened(): void {
    this.#archive.openFiles.set(++this.#openFiles);
  }

  closed(): void {
    this.#archive.openFiles.set(--this.#openFiles);
  }

  healthy(): void {
    this.#trouble.succeeded('archive is being written again');
  }

  collided(): void {
    this.#archive.sequenceCollisions.inc();
  }

  lost(reason: LossReason, records: number): void {
    this.#archive.lostRecords.inc(reason, records);
    if (reason === 'pressure') {
      this.#pressure.failed('disk too slow: records dropped (tcpinfo_archive_lost_records_total)', {
        waiting_bytes: this.waitingBytes,
      });
    } else if (reason === 'oversize') {
      this.#oversize.failed('record too long for readers dropped (tcpinfo_archive_lost_records_total)');
    }
  }

  failed(error: ArchiveError): void {
    this.#archive.errors.inc(error.operation);
    this.#reference.errors.inc(`archive ${error.operation}`);
    this.#trouble.failed('archive cannot be written; lost records are counted (tcpinfo_archive_lost_records_total)', {
      operation: error.operation,
      code: error.code,
      path: error.path,
    });
  }

  #show(): void {
    this.#archive.waitingBytes.set(this.waitingBytes);
  }
}
