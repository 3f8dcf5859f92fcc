import { DecodeError } from '../tcp/index.js';
import type { ArchivedRecord, Metadata } from './archived-record.js';
import { ZERO_TIMESTAMP } from './archived-record.js';
import { quoteGoString } from './go-string.js';
import { isTimestamp } from './timestamp.js';

/**
 * One line of an archive, with its newline, byte for byte as the reference writes it: keys in the order Timestamp,
 * RawIDM, Attributes, Metadata; no spaces; padded standard base64; empty RawIDM and Attributes left out.
 */
export function encodeRecord(record: ArchivedRecord): string {
  let line = `{"Timestamp":"${record.timestamp}"`;
  if (record.rawIdm !== undefined && record.rawIdm.length > 0) line += `,"RawIDM":"${toBase64(record.rawIdm)}"`;
  if (record.attributes !== undefined && record.attributes.length > 0) {
    line += `,"Attributes":[${encodeAttributes(record.attributes)}]`;
  }
  if (record.metadata !== undefined) line += `,"Metadata":${encodeMetadata(record.metadata)}`;
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

function encodeMetadata({ uuid, sequence, startTime }: Metadata): string {
  return `{"UUID":${quoteGoString(uuid)},"Sequence":${sequence},"StartTime":"${startTime}"}`;
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
  return {
    timestamp: isAbsent(timestamp) ? ZERO_TIMESTAMP : asTimestamp(timestamp, 'Timestamp'),
    ...(isAbsent(rawIdm) ? {} : { rawIdm: asBytes(rawIdm, 'RawIDM') }),
    ...(isAbsent(attributes) ? {} : { attributes: asAttributes(attributes) }),
    ...(isAbsent(metadata) ? {} : { metadata: asMetadata(metadata) }),
  };
}

function invalid(what: string): DecodeError {
  return new DecodeError(what, { code: 'ERR_RECORD', at: 0 });
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new DecodeError('line is not JSON', { code: 'ERR_JSON', at: 0, cause });
  }
}

function isAbsent(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}

function asObject(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(`${what} is not an object`);
  return value as Record<string, unknown>;
}

function asTimestamp(value: unknown, what: string): string {
  if (typeof value !== 'string' || !isTimestamp(value)) throw invalid(`${what} is not RFC 3339`);
  return value;
}

function asBytes(value: unknown, what: string): Buffer {
  if (typeof value !== 'string') throw invalid(`${what} is not a string`);
  const bytes = Buffer.from(value, 'base64');
  // Buffer passes over what is not base64, which leaves it too short, and accepts the URL alphabet as well.
  const padding = value.endsWith('==') ? 2 : value.endsWith('=') ? 1 : 0;
  if (bytes.length !== (value.length / 4) * 3 - padding || value.includes('-') || value.includes('_')) {
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
  if (typeof uuid !== 'string') throw invalid('Metadata.UUID is not a string');
  if (typeof sequence !== 'number' || !Number.isSafeInteger(sequence)) {
    throw invalid('Metadata.Sequence is not an integer');
  }
  return { uuid, sequence, startTime: asTimestamp(startTime, 'Metadata.StartTime') };
}
