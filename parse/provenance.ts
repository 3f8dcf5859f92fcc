import { quoteGoString } from './go-string.js';
import { asInteger, asObject, asText, asTimestamp, isAbsent } from './json-fields.js';

/** Origin of one record. The reference has no such field; its readers ignore it. */
export interface RecordProvenance {
  /** Number of the scan that saw it, from 1 at the collector's start; for an event, the last scan before it. */
  readonly scan: number;
  /** Time when the previous record was last seen to be valid, RFC 3339 UTC; absent in a connection's first record. */
  readonly unchangedUntil?: string;
  /** Reason of writing, by the reference's name, e.g. `StateOrCounterChange`. */
  readonly reason: string;
  /** True if the record is not of a scan or an event but of a read of a watch; else absent. */
  readonly watch?: true;
}

/** Origin of the records of one file. */
export interface FileProvenance {
  /** Version of the provenance fields, 1. */
  readonly schema: number;
  /** Kernel release, `uname -r`; it determines length and layout of `tcp_info`. */
  readonly kernel: string;
  /** Interval between the collector's scans, nanoseconds. */
  readonly intervalNs: number;
  /** Host name of the machine. */
  readonly host: string;
  /** First sight of the connection: `scan`, or `destroy` if no scan saw it before its destroy event. */
  readonly firstSeen: string;
}

/** Encodes the provenance of a record as JSON. */
export function encodeRecordProvenance({ scan, unchangedUntil, reason, watch }: RecordProvenance): string {
  const until = unchangedUntil === undefined ? '' : `,"UnchangedUntil":"${unchangedUntil}"`;
  const isWatch = watch === true ? ',"Watch":true' : '';
  return `{"Scan":${scan}${until},"Reason":${quoteGoString(reason)}${isWatch}}`;
}

/**
 * Decodes the provenance of a record.
 * @throws DecodeError `ERR_RECORD`
 */
export function asRecordProvenance(value: unknown): RecordProvenance {
  const fields = asObject(value, 'Provenance');
  const until = fields['UnchangedUntil'];
  return {
    scan: asInteger(fields['Scan'], 'Provenance.Scan'),
    ...(isAbsent(until) ? {} : { unchangedUntil: asTimestamp(until, 'Provenance.UnchangedUntil') }),
    reason: asText(fields['Reason'], 'Provenance.Reason'),
    ...(fields['Watch'] === true ? { watch: true } : {}),
  };
}

/** Encodes the provenance of a file as JSON. */
export function encodeFileProvenance({ schema, kernel, intervalNs, host, firstSeen }: FileProvenance): string {
  return (
    `{"Schema":${schema},"Kernel":${quoteGoString(kernel)},"IntervalNs":${intervalNs},` +
    `"Host":${quoteGoString(host)},"FirstSeen":${quoteGoString(firstSeen)}}`
  );
}

/**
 * Decodes the provenance of a file.
 * @throws DecodeError `ERR_RECORD`
 */
export function asFileProvenance(value: unknown): FileProvenance {
  const fields = asObject(value, 'Metadata.Provenance');
  return {
    schema: asInteger(fields['Schema'], 'Metadata.Provenance.Schema'),
    kernel: asText(fields['Kernel'], 'Metadata.Provenance.Kernel'),
    intervalNs: asInteger(fields['IntervalNs'], 'Metadata.Provenance.IntervalNs'),
    host: asText(fields['Host'], 'Metadata.Provenance.Host'),
    firstSeen: asText(fields['FirstSeen'], 'Metadata.Provenance.FirstSeen'),
  };
}
