import type { Connection } from '../cache/index.js';
import { readBoot } from '../host/index.js';
import type { StreamOutput } from '../live/stream/index.js';
import type { Logger } from '../log/index.js';
import type { Metrics } from '../metrics/index.js';
import type { NetlinkAddon } from '../native/index.js';
import type { ArchivedRecord } from '../parse/index.js';
import { type ArchiveCompressor, archivedRecord, createAnonymize } from '../saver/index.js';
import type { AddressBooks } from './address-books.js';
import type { Config } from './config.js';
import type { MemoryBudget } from './memory-budget.js';
import type { ObserversOptions } from './observers.js';

/** Share of the data that may wait for the disk which rows of the stream may be: archives come first. */
const SHARE = 1 / 8;
/** Least room for them, bytes: the largest frame. */
const LEAST_WAITING_BYTES = 512 * 1024;

/** Module of the stream of rows, if it is loaded. */
export interface LoadedStream {
  /** Class that writes rows; absent without `-stream.output`. */
  readonly StreamOutput?: typeof StreamOutput;
}

/** Options of {@link streamCreator}. */
export interface StreamCreatorOptions extends LoadedStream {
  readonly config: Config;
  readonly budget: MemoryBudget;
  readonly addresses: AddressBooks;
  readonly compress: ArchiveCompressor['compress'];
  readonly netlink: Pick<NetlinkAddon, 'FileThread'>;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** Returns what creates the stream of rows; empty without `-stream.output`. */
export function streamCreator(options: StreamCreatorOptions): Pick<ObserversOptions, 'createStream'> {
  const { StreamOutput, config, budget, addresses, compress, netlink, log } = options;
  const { stream: metrics } = options.metrics;
  const { stream: settings } = config;
  if (StreamOutput === undefined || metrics === undefined || settings === undefined) return {};
  const anonymize = createAnonymize(config.anonymize, addresses);
  // Without anonymisation the record is archived as it is: no object is made of each of thousands a second.
  const record = config.anonymize === 'none' ? lastOf : (each: Connection) => archivedRecord(each, { anonymize });
  return {
    createStream: (slots) =>
      new StreamOutput({
        ...{ settings, slots, compress, metrics, log },
        record,
        // A thread of its own: the folder may be on a disk that hangs, and archives must not wait for it.
        disk: new netlink.FileThread(),
        maxWaitingBytes: Math.max(LEAST_WAITING_BYTES, (config.maxBufferedBytes ?? budget.maxBufferedBytes) * SHARE),
        bootId: readBoot(true).bootId ?? '',
      }),
  };
}

function lastOf({ last }: Connection): ArchivedRecord {
  return last;
}
