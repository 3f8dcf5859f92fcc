import { DecodeError } from '../netlink/index.js';
import { asFlow } from './archived-flow.js';
import { asProcess } from './archived-process.js';
import { type ArchivedRecord, type Metadata, ZERO_TIMESTAMP } from './archived-record.js';
import { asInteger, asObject, asText, asTimestamp, invalid, isAbsent } from './json-fields.js';
import { asNetns } from './netns.js';
import { asFileProvenance, asRecordProvenance } from './provenance.js';
import { lineBound, writeRecord } from './record-writer.js';
import { asRecording } from './recording.js';

/** Encodes a record as one line of an archive, with its newline, in UTF-8: see {@link writeRecord}. */
export function encodeLine(record: ArchivedRecord): Buffer {
  const line = Buffer.allocUnsafe(lineBound(record));
  return line.subarray(0, writeRecord(record, line, 0));
}

/** Encodes a record as one line of an archive, with its newline, as a string. */
export function encodeRecord(record: ArchivedRecord): string {
  return encodeLine(record).toString();
}

/**
 * Reads one line of an archive, with or without its newline. Unknown keys are ignored, as the reference's readers do.
 * @throws DecodeError `ERR_JSON` when the line is not JSON, `ERR_RECORD` when it is not an object or a field is invalid
 */
export function decodeRecord(line: string): ArchivedRecord {
  const fields = asObject(parseJson(line), 'record');
  const timestamp = fields['Timestamp'];
  const rawIdm = fields['RawIDM'];
  const attributes = fields['Attributes'];
  const metadata = fields['Metadata'];
  const provenance = fields['Provenance'];
  return {
    timestamp: isAbsent(timestamp) ? ZERO_TIMESTAMP : asTimestamp(timestamp, 'Timestamp'),
    ...(isAbsent(rawIdm) ? {} : { rawIdm: asBytes(rawIdm, 'RawIDM') }),
    ...(isAbsent(attributes) ? {} : { attributes: asAttributes(attributes) }),
    ...(isAbsent(metadata) ? {} : { metadata: asMetadata(metadata) }),
    ...(isAbsent(provenance) ? {} : { provenance: asRecordProvenance(provenance) }),
  };
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new DecodeError('line is not JSON', { code: 'ERR_JSON', at: 0, cause });
  }
}

function asBytes(value: unknown, what: string): Buffer {
  const text = asText(value, what);
  const bytes = Buffer.from(text, 'base64');
  // Buffer skips characters that are not base64, so the result is too short; and it also accepts the URL alphabet.
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  if (bytes.length !== (text.length / 4) * 3 - padding || text.includes('-') || text.includes('_')) {
    throw invalid(`${what} is not standard base64`);
  }
  return bytes;
}

function asAttributes(value: unknown): (Buffer | null)[] {
  if (!Array.isArray(value)) throw invalid('Attributes is not an array');
  return value.map((item: unknown, type) => (item === null ? null : asBytes(item, `Attributes[${type}]`)));
}

function asMetadata(value: unknown): Metadata {
  const fields = asObject(value, 'Metadata');
  const { UUID: uuid = '', Sequence: sequence = 0, StartTime: startTime = ZERO_TIMESTAMP } = fields;
  const { Netns: netns, Process: process, Recording: recording, Provenance: made, Conntrack: conntrack } = fields;
  return {
    uuid: asText(uuid, 'Metadata.UUID'),
    sequence: asInteger(sequence, 'Metadata.Sequence'),
    startTime: asTimestamp(startTime, 'Metadata.StartTime'),
    ...(isAbsent(netns) ? {} : { netns: asNetns(netns) }),
    ...(isAbsent(process) ? {} : { process: asProcess(process) }),
    ...(isAbsent(recording) ? {} : { recording: asRecording(recording) }),
    ...(isAbsent(made) ? {} : { provenance: asFileProvenance(made) }),
    ...(isAbsent(conntrack) ? {} : { conntrack: asFlow(conntrack) }),
  };
}
