import { type Logger, TroubleLog } from '../log/index.js';
import type { Metrics } from '../metrics/index.js';
import { DecodeError } from '../netlink/index.js';
import { type ArchivedRecord, type OmittedAttribute, parseNetlinkMessage } from '../parse/index.js';

/** Decodes the poll thread's bytes into records. A malformed message affects only itself. */
export class MessageReader {
  readonly #scan: Metrics['scan'];
  readonly #trouble: TroubleLog;

  constructor(scan: Metrics['scan'], log: Logger) {
    this.#scan = scan;
    this.#trouble = new TroubleLog(log);
  }

  /**
   * Decodes one message.
   * @throws DecodeError; see {@link discard}
   */
  read(data: Uint8Array, offset: number, length: number, timestamp: string): ArchivedRecord {
    // Copy: the poll thread reuses the batch's memory after the batch is processed.
    // Not from Node's pool: a record that is kept for hours would keep the 8 KiB around it.
    const message = Buffer.allocUnsafeSlow(length);
    message.set(data.subarray(offset, offset + length));
    return parseNetlinkMessage(message, timestamp, this.#countOmitted);
  }

  /** Counts and logs a malformed message. Throws any error other than a DecodeError again: it is a defect. */
  discard(error: unknown): void {
    if (!(error instanceof DecodeError)) throw error;
    this.#scan.messagesDiscarded.inc('malformed');
    this.#trouble.failed('netlink message discarded', { code: error.code, reason: error.message });
  }

  readonly #countOmitted: OmittedAttribute = (_type, reason) => {
    this.#scan.attributesOmitted.inc(reason);
  };
}
