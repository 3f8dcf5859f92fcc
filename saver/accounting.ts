import { type Logger, TroubleLog } from '../log/index.js';
import type { FrameReason, LossReason, Metrics } from '../metrics/index.js';
import type { ArchiveError } from './archive-error.js';
import type { Clock } from './clock.js';
import type { Accounting } from './saver-context.js';

/** Outcome of records since the start. */
export interface SaverTotals {
  /** Files created. */
  readonly files: number;
  /** Records that will never be in a file. Falls when some are {@link recovered}. */
  readonly lost: number;
  /** Records that were counted as lost but were written later. */
  readonly recovered: number;
  /** Bytes in memory that are not yet in a file. */
  readonly waitingBytes: number;
}

/** Maintains the metrics of archives, and logs when disk trouble begins and ends. */
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

  /** Outcome of records since the start. */
  get totals(): SaverTotals {
    const lost = this.#lost - this.#recovered;
    return { files: this.#files, lost, recovered: this.#recovered, waitingBytes: this.waitingBytes };
  }

  /** Memory of jobs, bytes: lines and frames on their way to the disk. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Memory of buffered lines that are not yet in a job, bytes. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** Memory of buffered lines and of jobs, bytes. */
  get waitingBytes(): number {
    return this.#pendingBytes + this.#heldBytes;
  }

  /** Counts a record that was accepted. */
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
    this.#trouble.succeeded('archive writes have recovered');
    this.#lossLog.succeeded('archive records are no longer being lost');
    this.#removal.succeeded('open archives are no longer being removed');
  }

  removed(): void {
    this.#archive.removedFiles.inc();
    this.#removal.failed('open archive was removed; its connection continues in a new file');
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
      this.#oversize.failed('record dropped: its line is too long for readers (tcpinfo_archive_lost_records_total)');
      return;
    }
    this.#lossLog.failed('disk too slow or failing: dropping records, counted in tcpinfo_archive_lost_records_total', {
      reason,
      waiting_bytes: this.waitingBytes,
    });
  }

  recovered(records: number): void {
    this.#archive.recoveredRecords.inc(records);
    this.#recovered += records;
  }

  /** Logs how many records the disk has not confirmed when the process ends. */
  unconfirmed(records: number): void {
    this.#log.warn('the disk has not confirmed the last records: a power failure now may lose them', {
      records,
    });
  }

  failed(error: ArchiveError): void {
    this.#archive.errors.inc(error.operation);
    this.#reference.errors.inc(`archive ${error.operation}`);
    this.#trouble.failed('archive cannot be written; retrying, and records wait in memory', {
      operation: error.operation,
      code: error.code,
      path: error.path,
    });
  }

  #show(): void {
    this.#archive.waitingBytes.set(this.waitingBytes);
  }
}
