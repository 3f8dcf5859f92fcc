/** ArchivedRecord → Snapshot: every attribute decoded, for readers. */
export { SKIPPED_ATTRIBUTES } from './attribute-decoders.js';
export { attributeBit, type DecodeSnapshotOptions, decodeSnapshot } from './decode-snapshot.js';
export type { Snapshot } from './snapshot.js';
