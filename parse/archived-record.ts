import type { ArchivedFlow } from './archived-flow.js';
import type { ArchivedProcess } from './archived-process.js';
import type { Netns } from './netns.js';
import type { FileProvenance, RecordProvenance } from './provenance.js';
import type { RecordingWindow } from './recording.js';

/**
 * Record of an archive (the reference's name): one JSON line of a `.jsonl` file. The first record of a file has
 * `metadata`; all others have the kernel's bytes.
 */
export interface ArchivedRecord {
  /** Timestamp as in the file, RFC 3339, up to nine fractional digits; {@link ZERO_TIMESTAMP} in a metadata line. */
  readonly timestamp: string;
  /** Bytes of `struct inet_diag_msg`, normally 72; longer input is not truncated. */
  readonly rawIdm?: Uint8Array;
  /** Attribute payloads by `INET_DIAG_*` number, without `nlattr` header and padding; null for a missing attribute. */
  readonly attributes?: readonly (Uint8Array | null)[];
  readonly metadata?: Metadata;
  /** Origin of the record; present if the collector was told to record provenance. */
  readonly provenance?: RecordProvenance;
}

/** Content of every file's first line: identifies the connection. */
export interface Metadata {
  /** `<prefix>_<cookie as 16 upper-case hexadecimal digits>`. */
  readonly uuid: string;
  /** Number in the file's name; 0 for the connection's first file. */
  readonly sequence: number;
  /** Time when the connection was first seen, RFC 3339; equal in all of its files. */
  readonly startTime: string;
  /** Network namespace of the connection; absent for the collector's own. */
  readonly netns?: Netns;
  /** Process and cgroup of the connection; present if the collector was told to record them, and knew some. */
  readonly process?: ArchivedProcess;
  /** Recording that the file is a part of; absent in archives that the collector writes all the time. */
  readonly recording?: RecordingWindow;
  /** Origin of the file; present if the collector was told to record provenance. */
  readonly provenance?: FileProvenance;
  /** Flow in connection tracking; present if the collector was told to look flows up, and knew a translated one. */
  readonly conntrack?: ArchivedFlow;
}

/** Go's zero time: the Timestamp of a metadata line. */
export const ZERO_TIMESTAMP = '0001-01-01T00:00:00Z';
