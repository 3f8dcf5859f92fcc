import type { Netns } from './netns.js';
import type { FileProvenance, RecordProvenance } from './provenance.js';

/**
 * The archive's record, as the reference names it: one JSON line of a `.jsonl` file. The first record of a file carries
 * `metadata`, every other one the kernel's bytes.
 */
export interface ArchivedRecord {
  /** RFC 3339 with up to nine fractional digits, as it stands in the file; {@link ZERO_TIMESTAMP} in a metadata line. */
  readonly timestamp: string;
  /** The 72 bytes of `struct inet_diag_msg` (longer input is kept as it is). */
  readonly rawIdm?: Uint8Array;
  /** Attribute payloads by `INET_DIAG_*` number, without `nlattr` header and padding; null where there was none. */
  readonly attributes?: readonly (Uint8Array | null)[];
  readonly metadata?: Metadata;
  /** How it was made, where the collector was asked to say so. */
  readonly provenance?: RecordProvenance;
}

/** The first line of every file: which connection the file is about. */
export interface Metadata {
  /** `<prefix>_<cookie as 16 upper-case hexadecimal digits>`. */
  readonly uuid: string;
  /** 0 for the connection's first file; the number in the file's name. */
  readonly sequence: number;
  /** When the connection was first seen, RFC 3339; the same in each of its files. */
  readonly startTime: string;
  /** Where the connection was found; absent when that is the collector's own network namespace. */
  readonly netns?: Netns;
  /** How the file was made, where the collector was asked to say so. */
  readonly provenance?: FileProvenance;
}

/** Go's zero time: what a metadata line carries as its Timestamp. */
export const ZERO_TIMESTAMP = '0001-01-01T00:00:00Z';
