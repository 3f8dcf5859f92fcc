import { ChangeReason, type Connection } from '../cache/index.js';
import type { FileProvenance, RecordProvenance } from '../parse/index.js';

/** Where a collector's archives come from. */
export interface Origin {
  /** `uname -r`. */
  readonly kernel: string;
  /** The beat, nanoseconds. */
  readonly intervalNs: number;
  /** The machine's name. */
  readonly host: string;
}

/** Version of what the provenance in an archive means. */
const SCHEMA = 1;

const REASON_NAMES: ReadonlyMap<ChangeReason, string> = new Map(
  Object.entries(ChangeReason).map(([name, reason]) => [reason, name]),
);

/** How a connection's last record was made. */
export function recordProvenance({ provenance }: Connection): RecordProvenance {
  const { scan, unchangedUntil, reason } = provenance;
  return {
    scan,
    ...(unchangedUntil === undefined ? {} : { unchangedUntil }),
    reason: REASON_NAMES.get(reason) ?? String(reason),
  };
}

/** How a connection's files are made. */
export function fileProvenance({ kernel, intervalNs, host }: Origin, { firstSeen }: Connection): FileProvenance {
  return { schema: SCHEMA, kernel, intervalNs, host, firstSeen: firstSeen === 'event' ? 'destroy' : 'scan' };
}
