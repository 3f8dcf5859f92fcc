import { INET_DIAG_MSG } from '../inetdiag/index.js';
import { fieldOf } from '../netlink/index.js';
import type { ArchivedRecord } from '../parse/index.js';

/** Fields of `inet_diag_msg` that are always 0 in a destroy event. */
const UNKNOWN_TO_EVENTS = (['uid', 'inode'] as const).map((name) => {
  const { offset, size } = fieldOf(INET_DIAG_MSG, name);
  return [offset, offset + size] as const;
});

/**
 * Creates the last record of a connection: the destroy event (header in state CLOSE, final tcp_info), completed with
 * data of the last scan that it lacks: owner, inode, and attributes such as congestion control, memory and mark. So the
 * last record alone is complete.
 */
export function finalRecord(event: ArchivedRecord, seen: ArchivedRecord): ArchivedRecord {
  return { ...event, ...completeIdm(event.rawIdm, seen.rawIdm), attributes: completeAttributes(event, seen) };
}

function completeIdm(event: Uint8Array | undefined, seen: Uint8Array | undefined): { rawIdm?: Uint8Array } {
  if (event === undefined || seen === undefined) return {};
  const rawIdm = Uint8Array.from(event);
  for (const [start, end] of UNKNOWN_TO_EVENTS) rawIdm.set(seen.subarray(start, end), start);
  return { rawIdm };
}

function completeAttributes(event: ArchivedRecord, seen: ArchivedRecord): (Uint8Array | null)[] {
  const [told = [], known = []] = [event.attributes, seen.attributes];
  const length = Math.max(told.length, known.length);
  return Array.from({ length }, (_, type) => told[type] ?? known[type] ?? null);
}
