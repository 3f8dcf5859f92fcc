import { quoteGoString } from './go-string.js';
import { asInteger, asObject, asText, asTimestamp, isAbsent } from './json-fields.js';

/** How one record was made. The reference knows no such thing: its readers pass over it. */
export interface RecordProvenance {
  /** Number of the scan that brought it, from 1 at the collector's start; of an event, the last scan before it. */
  readonly scan: number;
  /** When the connection was last seen as the record before says, RFC 3339 UTC; absent in a connection's first record. */
  readonly unchangedUntil?: string;
  /** Why it was written, by the reference's name of the reason, e.g. `StateOrCounterChange`. */
  readonly reason: string;
}

/** How the records of one file were made. */
export interface FileProvenance {
  /** Version of what provenance means, 1. */
  readonly schema: number;
  /** The kernel's release, `uname -r`: by it the length and layout of `tcp_info` are known. */
  readonly kernel: string;
  /** The beat at which the collector scanned, nanoseconds. */
  readonly intervalNs: number;
  /** The machine's name. */
  readonly host: string;
  /** How the connection was first seen: by a `scan`, or only when the kernel told of its end, `destroy`. */
  readonly firstSeen: string;
}

/** As it stands at the end of a line. */
export function encodeRecordProvenance({ scan, unchangedUntil, reason }: RecordProvenance): string {
  const until = unchangedUntil === undefined ? '' : `,"UnchangedUntil":"${unchangedUntil}"`;
  return `{"Scan":${scan}${until},"Reason":${quoteGoString(reason)}}`;
}

/** @throws DecodeError `ERR_RECORD` */
export function asRecordProvenance(value: unknown): RecordProvenance {
  const fields = asObject(value, 'Provenance');
  const until = fields['UnchangedUntil'];
  return {
    scan: asInteger(fields['Scan'], 'Provenance.Scan'),
    ...(isAbsent(until) ? {} : { unchangedUntil: asTimestamp(until, 'Provenance.UnchangedUntil') }),
    reason: asText(fields['Reason'], 'Provenance.Reason'),
  };
}

/** As it stands at the end of a line's metadata. */
export function encodeFileProvenance({ schema, kernel, intervalNs, host, firstSeen }: FileProvenance): string {
  return (
    `{"Schema":${schema},"Kernel":${quoteGoString(kernel)},"IntervalNs":${intervalNs},` +
    `"Host":${quoteGoString(host)},"FirstSeen":${quoteGoString(firstSeen)}}`
  );
}

/** @throws DecodeError `ERR_RECORD` */
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
