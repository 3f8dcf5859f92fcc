import type { Connection, ConnectionObserver } from '../cache/index.js';
import type { LogFields, Logger } from '../log/index.js';
import type { ScanFigures } from '../native/index.js';
import { formatAddress } from '../netlink/index.js';

/** Totals of the collector's work, for the status line that is logged once a minute. */
export class StatusLog implements ConnectionObserver {
  readonly #log: Logger;
  #scans = 0;
  #failed = 0;
  #skipped = 0;
  #durationNs = 0;
  #intervalNs = 0;
  #sockets = 0;
  #opened = 0;
  #closed = 0;
  #records = 0;
  #allRecords = 0;

  /** @param log takes a line for every connection, at debug */
  constructor(log: Logger) {
    this.#log = log;
  }

  opened({ uuid, id, family }: Connection): void {
    this.#opened++;
    this.#countRecord();
    if (!this.#log.isDebug) return;
    this.#log.debug('opened', {
      uuid,
      src: `${formatAddress(id.src, family)}:${id.sport}`,
      dst: `${formatAddress(id.dst, family)}:${id.dport}`,
    });
  }

  changed(): void {
    this.#countRecord();
  }

  closed({ uuid }: Connection): void {
    this.#closed++;
    if (this.#log.isDebug) this.#log.debug('closed', { uuid });
  }

  /** Counts a processed scan. */
  scanned(scan: ScanFigures): void {
    this.#scans++;
    if (scan.failure !== undefined) this.#failed++;
    this.#skipped += scan.beatsMissed + scan.beatsHeld + scan.beatsSlowed + scan.beatsLimited;
    this.#durationNs += scan.durationNs;
    this.#intervalNs = scan.effectiveIntervalNs;
    this.#sockets = scan.seen;
  }

  /** Records since the start, including those that could not be archived. */
  get allRecords(): number {
    return this.#allRecords;
  }

  #countRecord(): void {
    this.#records++;
    this.#allRecords++;
  }

  /** Returns the totals since the last call. */
  take(): LogFields {
    const fields = {
      scans: this.#scans,
      scans_failed: this.#failed,
      beats_skipped: this.#skipped,
      scan_ms: this.#scans === 0 ? undefined : (this.#durationNs / this.#scans / 1e6).toFixed(2),
      interval_ms: this.#intervalNs === 0 ? undefined : (this.#intervalNs / 1e6).toFixed(2),
      sockets: this.#sockets,
      opened: this.#opened,
      closed: this.#closed,
      records: this.#records,
    };
    this.#scans = this.#failed = this.#skipped = this.#durationNs = 0;
    this.#opened = this.#closed = this.#records = 0;
    return fields;
  }
}
