/** Writes archives: for each connection one file at a time, of zstd frames that hold JSON lines. */
export {
  ANONYMIZE_METHODS,
  type Anonymize,
  type AnonymizeAddress,
  type AnonymizeFlow,
  type AnonymizeMethod,
  createAnonymize,
  createAnonymizeAddress,
  createAnonymizeFlow,
  type OwnAddressBook,
  type SocketRecord,
} from './anonymize.js';
export type { ArchiveModes, Disk } from './archive-file.js';
export { archivedRecord } from './archived-record.js';
export { type Clock, SYSTEM_CLOCK } from './clock.js';
export {
  type ArchiveCompressor,
  type Compress,
  CompressorError,
  createCompressor,
  type Decompress,
  decompressFrame,
} from './create-compressor.js';
export type { FinishedFrame, FrameReceiver, FrameSink, FrameSource } from './frame-sink.js';
export { makeFolder } from './make-folder.js';
export { OwnAddresses, type OwnAddressesOptions } from './own-addresses.js';
export type { Origin } from './provenance.js';
export { Retention, type RetentionOptions } from './retention.js';
export { Saver } from './saver.js';
export type { ArchiveFlows, SaverOptions } from './saver-options.js';
