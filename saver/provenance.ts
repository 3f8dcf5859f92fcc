import { ChangeReason, type Connection } from '../cache/index.js';
import type { FileProvenance, RecordProvenance } from '../parse/index.js';

/** Origin of a collector's archives. */
export interface Origin {
  /** `uname -r`. */
  readonly kernel: string;
  /** Scan interval (the beat), nanoseconds. */
  readonly intervalNs: number;
  /** Host name. */
  readonly host: string;
}

/** Version of the provenance fields in an archive. */
const SCHEMA = 1;

const REASON_NAMES: ReadonlyMap<ChangeReason, string> = new Map(
  Object.entries(ChangeReason).map(([name, reason]) => [reason, name]),
);

/** Returns the provenance of a connection's last record. */
export function recordProvenance({ provenance }: Connection): RecordProvenance {
  const { scan, unchangedUntil, reason, isWatched } = provenance;
  return {
    scan,
    ...(unchangedUntil === undefined ? {} : { unchangedUntil }),
    reason: REASON_NAMES.get(reason) ?? String(reason),
    ...(isWatched === true ? { watch: true } : {}),
  };
}

/** Returns the provenance of a connection's files. */
export function fileProvenance({ kernel, intervalNs, host }: Origin, { firstSeen }: Connection): FileProvenance {
  return { schema: SCHEMA, kernel, intervalNs, host, firstSeen: firstSeen === 'event' ? 'destroy' : 'scan' };
}
