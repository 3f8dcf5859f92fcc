import { type Logger, TroubleLog } from '../log/index.js';
import type { FrameReason, LossReason, Metrics } from '../metrics/index.js';
import type { ArchiveError } from './archive-error.js';
import type { Clock } from './clock.js';
import type { Accounting } from './saver-context.js';

/** What has become of records since the start. */
export interface SaverTotals {
  /** Files made. */
  readonly files: number;
  /** Records that will never be in one. Falls when some are {@link recovered}. */
  readonly lost: number;
  /** Records that were counted as lost, and are written after all. */
  readonly recovered: number;
  /** Bytes in memory now that are not yet in a file. */
  readonly waitingBytes: number;
}

/** Keeps the archive's metrics, and says on the log when trouble with the disk begins and ends. */
export class ArchiveAccounting implements Accounting {
  readonly #archive: Metrics['archive'];
  readonly #reference: Metrics['reference'];
  readonly #log: Logger;
  readonly #trouble: TroubleLog;
  readonly #lossLog: TroubleLog;
  readonly #oversize: TroubleLog;
  readonly #removal: TroubleLog;
  #openFiles = 0;
  #files = 0;
  #lost = 0;
  #recovered = 0;
  #heldBytes = 0;
  #pendingBytes = 0;

  constructor({ archive, reference }: Pick<Metrics, 'archive' | 'reference'>, log: Logger, clock: Clock) {
    this.#archive = archive;
    this.#reference = reference;
    this.#log = log;
    const options = { nowMs: () => clock.monotonicMs() };
    this.#trouble = new TroubleLog(log, options);
    this.#lossLog = new TroubleLog(log, options);
    this.#oversize = new TroubleLog(log, options);
    this.#removal = new TroubleLog(log, options);
  }

  /** What has become of records since the start. */
  get totals(): SaverTotals {
    const lost = this.#lost - this.#recovered;
    return { files: this.#files, lost, recovered: this.#recovered, waitingBytes: this.waitingBytes };
  }

  /** Bytes that jobs hold: lines and frames on their way to the disk. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Bytes that lines hold which gather for their frame. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** Bytes in memory, gathering or on their way. */
  get waitingBytes(): number {
    return this.#pendingBytes + this.#heldBytes;
  }

  /** A record was taken in. */
  recorded(): void {
    this.#reference.snapshots.inc();
  }

  gathered(bytes: number): void {
    if (bytes === 0) return;
    this.#pendingBytes += bytes;
    this.#show();
  }

  held(bytes: number): void {
    this.#heldBytes += bytes;
    this.#show();
  }

  wrote(frameBytes: number, contentBytes: number, reason: FrameReason): void {
    this.#archive.writtenBytes.inc(frameBytes);
    this.#archive.uncompressedBytes.inc(contentBytes);
    this.#archive.frames.inc(reason);
  }

  created(): void {
    this.#reference.newFiles.inc();
    this.#files++;
  }

  discarded(): void {
    this.#files--;
  }

  opened(): void {
    this.#archive.openFiles.set(++this.#openFiles);
  }

  closed(): void {
    this.#archive.openFiles.set(--this.#openFiles);
  }

  closedIdle(): void {
    this.#archive.idleClosed.inc();
  }

  healthy(): void {
    this.#trouble.succeeded('archive has been written again for a while');
    this.#lossLog.succeeded('archive has lost no records for a while');
    this.#removal.succeeded('archives have been left in their place for a while');
  }

  removed(): void {
    this.#archive.removedFiles.inc();
    this.#removal.failed('archive was removed while it was written to; its connection goes on in the next file');
  }

  retried(): void {
    this.#archive.retries.inc();
  }

  collided(): void {
    this.#archive.sequenceCollisions.inc();
  }

  lost(reason: LossReason, records: number): void {
    this.#archive.lostRecords.inc(reason, records);
    this.#lost += records;
    if (reason === 'oversize') {
      this.#oversize.failed('record too long for readers dropped (tcpinfo_archive_lost_records_total)');
      return;
    }
    this.#lossLog.failed(
      'records that the disk does not take are dropped, and counted (tcpinfo_archive_lost_records_total)',
      {
        reason,
        waiting_bytes: this.waitingBytes,
      },
    );
  }

  recovered(records: number): void {
    this.#archive.recoveredRecords.inc(records);
    this.#recovered += records;
  }

  /** The process ends before the disk has confirmed so many records. */
  unconfirmed(records: number): void {
    this.#log.warn('the last records are written, but the disk has not confirmed them: a power cut now may lose them', {
      records,
    });
  }

  failed(error: ArchiveError): void {
    this.#archive.errors.inc(error.operation);
    this.#reference.errors.inc(`archive ${error.operation}`);
    this.#trouble.failed('archive cannot be written; it is tried again, and records wait meanwhile', {
      operation: error.operation,
      code: error.code,
      path: error.path,
    });
  }

  #show(): void {
    this.#archive.waitingBytes.set(this.waitingBytes);
  }
}
