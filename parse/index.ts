/** Netlink message → ArchivedRecord; ArchivedRecord ⇄ JSONL line. */
export type { ArchivedFlow, ArchivedTuple } from './archived-flow.js';
export type { ArchivedProcess } from './archived-process.js';
export { type ArchivedRecord, type Metadata, ZERO_TIMESTAMP } from './archived-record.js';
export { quoteGoString } from './go-string.js';
export type { LineTime } from './line-time.js';
export { MessageBytes } from './message-bytes.js';
export { MAX_ATTRIBUTE, type OmittedAttribute, parseNetlinkMessage } from './netlink-message.js';
export { NetlinkRecord } from './netlink-record.js';
export { encodeNetns, type Netns } from './netns.js';
export type { FileProvenance, RecordProvenance } from './provenance.js';
export { ANYTHING, RAW_IDM_PART, RecordChanges } from './record-changes.js';
export { decodeRecord, encodeLine, encodeRecord } from './record-line.js';
export { RecordInPlace, RecordReader } from './record-reader.js';
export { lineBound, writeRecord } from './record-writer.js';
export type { RecordingWindow } from './recording.js';
export { formatTimestamp, timestampToNs } from './timestamp.js';
