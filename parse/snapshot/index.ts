/** ArchivedRecord → values: decodes every attribute, or reads single fields in place. */
export { SKIPPED_ATTRIBUTES } from './attribute-decoders.js';
export { attributeBit, type DecodeSnapshotOptions, decodeSnapshot } from './decode-snapshot.js';
export {
  type FieldReader,
  type FieldValue,
  fieldReader,
  numberReader,
  presenceReader,
  type RecordBytes,
} from './field-reader.js';
export { type Place, placeOf, RAW_IDM } from './record-layout.js';
export { ABSENT, RecordView } from './record-view.js';
export type { Snapshot } from './snapshot.js';
export { TimestampClock } from './timestamp-clock.js';
