import { encodeFlow } from './archived-flow.js';
import { encodeProcess } from './archived-process.js';
import type { ArchivedRecord, Metadata } from './archived-record.js';
import { base64Length, writeBase64 } from './base64.js';
import { quoteGoString } from './go-string.js';
import { encodeNetns } from './netns.js';
import { encodeFileProvenance, encodeRecordProvenance } from './provenance.js';
import { encodeRecording } from './recording.js';

const BEFORE_TIMESTAMP = Buffer.from('{"Timestamp":"');
const BEFORE_RAW_IDM = Buffer.from(',"RawIDM":"');
const BEFORE_ATTRIBUTES = Buffer.from(',"Attributes":[');
const BEFORE_METADATA = Buffer.from(',"Metadata":');
const BEFORE_PROVENANCE = Buffer.from(',"Provenance":');
const NULL = Buffer.from('null');
const END = Buffer.from('}\n');
const [QUOTE, COMMA, CLOSING_BRACKET] = [0x22, 0x2c, 0x5d];
/** Maximum UTF-8 bytes of a UTF-16 code unit. */
const MAX_UNIT_BYTES = 3;
/** Upper bound of a line's keys, quotes and brackets, in bytes. */
const FRAME_BYTES = 128;

/** Returns an upper bound of a line's size in bytes: close to its real size, except for metadata and provenance. */
export function lineBound({ timestamp, rawIdm, attributes, metadata, provenance }: ArchivedRecord): number {
  let bytes = FRAME_BYTES + timestamp.length + base64Length(rawIdm?.length ?? 0);
  if (attributes !== undefined) {
    for (const value of attributes) bytes += value === null ? NULL.length + 1 : base64Length(value.length) + 3;
  }
  if (metadata !== undefined) bytes += encodeMetadata(metadata).length * MAX_UNIT_BYTES;
  if (provenance !== undefined) bytes += encodeRecordProvenance(provenance).length * MAX_UNIT_BYTES;
  return bytes;
}

/**
 * Writes one line of an archive, with its newline, byte for byte as the reference does: keys in the order Timestamp,
 * RawIDM, Attributes, Metadata; no spaces; padded standard base64; empty RawIDM and Attributes omitted. Fields unknown
 * to the reference come last: the network namespace, the process, the recording, provenance, and the flow.
 * @param target needs room for {@link lineBound} bytes from `start` on
 * @returns the end offset of the line
 */
export function writeRecord(record: ArchivedRecord, target: Buffer, start: number): number {
  const { timestamp, rawIdm, attributes, metadata, provenance } = record;
  let at = writeAscii(timestamp, target, writeBytes(BEFORE_TIMESTAMP, target, start));
  target[at++] = QUOTE;
  if (rawIdm !== undefined && rawIdm.length > 0) {
    at = writeBase64(rawIdm, target, writeBytes(BEFORE_RAW_IDM, target, at));
    target[at++] = QUOTE;
  }
  if (attributes !== undefined && attributes.length > 0) at = writeAttributes(attributes, target, at);
  if (metadata !== undefined) {
    at = writeBytes(BEFORE_METADATA, target, at);
    at += target.write(encodeMetadata(metadata), at);
  }
  if (provenance !== undefined) {
    at = writeBytes(BEFORE_PROVENANCE, target, at);
    at += target.write(encodeRecordProvenance(provenance), at);
  }
  return writeBytes(END, target, at);
}

function writeAttributes(attributes: readonly (Uint8Array | null)[], target: Buffer, start: number): number {
  let at = writeBytes(BEFORE_ATTRIBUTES, target, start);
  for (let type = 0; type < attributes.length; type++) {
    const value = attributes[type] ?? null;
    if (type > 0) target[at++] = COMMA;
    if (value === null) {
      at = writeBytes(NULL, target, at);
    } else {
      target[at++] = QUOTE;
      at = writeBase64(value, target, at);
      target[at++] = QUOTE;
    }
  }
  target[at++] = CLOSING_BRACKET;
  return at;
}

function encodeMetadata(metadata: Metadata): string {
  const { uuid, sequence, startTime, netns, process, recording, provenance, conntrack } = metadata;
  const place = netns === undefined ? '' : `,"Netns":${encodeNetns(netns)}`;
  const holder = process === undefined ? '' : `,"Process":${encodeProcess(process)}`;
  const part = recording === undefined ? '' : `,"Recording":${encodeRecording(recording)}`;
  const more = provenance === undefined ? '' : `,"Provenance":${encodeFileProvenance(provenance)}`;
  const flow = conntrack === undefined ? '' : `,"Conntrack":${encodeFlow(conntrack)}`;
  const known = `"UUID":${quoteGoString(uuid)},"Sequence":${sequence},"StartTime":"${startTime}"`;
  return `{${known}${place}${holder}${part}${more}${flow}}`;
}

/** Writes a few bytes: faster than Buffer.copy(), which calls native code. Returns the end offset. */
function writeBytes(bytes: Uint8Array, target: Uint8Array, at: number): number {
  for (let i = 0; i < bytes.length; i++) target[at + i] = bytes[i] ?? 0;
  return at + bytes.length;
}

/** Writes ASCII text, such as a timestamp. Returns the end offset. */
function writeAscii(text: string, target: Uint8Array, at: number): number {
  for (let i = 0; i < text.length; i++) target[at + i] = text.charCodeAt(i);
  return at + text.length;
}
