import { DecodeError } from '../tcp/index.js';
import type { ArchivedRecord, Metadata } from './archived-record.js';
import { ZERO_TIMESTAMP } from './archived-record.js';
import { quoteGoString } from './go-string.js';
import { asInteger, asObject, asText, asTimestamp, invalid, isAbsent } from './json-fields.js';
import { encodeNetns, type Netns } from './netns.js';
import { asFileProvenance, asRecordProvenance, encodeFileProvenance, encodeRecordProvenance } from './provenance.js';

/**
 * One line of an archive, with its newline, byte for byte as the reference writes it: keys in the order Timestamp,
 * RawIDM, Attributes, Metadata; no spaces; padded standard base64; empty RawIDM and Attributes left out. What the
 * reference does not know stands last: the network namespace, and provenance.
 */
export function encodeRecord(record: ArchivedRecord): string {
  let line = `{"Timestamp":"${record.timestamp}"`;
  if (record.rawIdm !== undefined && record.rawIdm.length > 0) line += `,"RawIDM":"${toBase64(record.rawIdm)}"`;
  if (record.attributes !== undefined && record.attributes.length > 0) {
    line += `,"Attributes":[${encodeAttributes(record.attributes)}]`;
  }
  if (record.metadata !== undefined) line += `,"Metadata":${encodeMetadata(record.metadata)}`;
  if (record.provenance !== undefined) line += `,"Provenance":${encodeRecordProvenance(record.provenance)}`;
  return `${line}}\n`;
}

function encodeAttributes(attributes: readonly (Uint8Array | null)[]): string {
  let list = '';
  for (let type = 0; type < attributes.length; type++) {
    const value = attributes[type];
    if (type > 0) list += ',';
    list += value === null || value === undefined ? 'null' : `"${toBase64(value)}"`;
  }
  return list;
}

function encodeMetadata({ uuid, sequence, startTime, netns, provenance }: Metadata): string {
  const place = netns === undefined ? '' : `,"Netns":${encodeNetns(netns)}`;
  const more = provenance === undefined ? '' : `,"Provenance":${encodeFileProvenance(provenance)}`;
  return `{"UUID":${quoteGoString(uuid)},"Sequence":${sequence},"StartTime":"${startTime}"${place}${more}}`;
}

function toBase64(bytes: Uint8Array): string {
  const buffer = bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return buffer.toString('base64');
}

/**
 * Reads one line of an archive, with or without its newline. Unknown keys are ignored, as the reference's readers do.
 * @throws DecodeError `ERR_JSON` when it is not a JSON object, `ERR_RECORD` when a field is not what the format says
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
  // Buffer passes over what is not base64, which leaves it too short, and accepts the URL alphabet as well.
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
  const { Netns: netns, Provenance: made } = fields;
  return {
    uuid: asText(uuid, 'Metadata.UUID'),
    sequence: asInteger(sequence, 'Metadata.Sequence'),
    startTime: asTimestamp(startTime, 'Metadata.StartTime'),
    ...(isAbsent(netns) ? {} : { netns: asNetns(netns) }),
    ...(isAbsent(made) ? {} : { provenance: asFileProvenance(made) }),
  };
}

function asNetns(value: unknown): Netns {
  const fields = asObject(value, 'Metadata.Netns');
  return {
    inode: asInteger(fields['Inode'], 'Metadata.Netns.Inode'),
    name: asText(fields['Name'], 'Metadata.Netns.Name'),
  };
}
