import { INET_DIAG_INFO, INET_DIAG_MSG_STATE_OFFSET, readState, TCP_CHANGE_SHAPE } from '../inetdiag/index.js';
import type { ArchivedRecord, MessageBytes, NetlinkRecord } from '../parse/index.js';

/**
 * Reasons for writing a record, with the reference's names and numbers. A record with a reason above 0 is written.
 */
export const ChangeReason = {
  /** No relevant byte is different. */
  NoMajorChange: 0,
  /** `idiag_state` is different. */
  IDiagStateChange: 1,
  /** The records differ, and at least one has no tcp_info. */
  NoTCPInfo: 2,
  /** An attribute is new. */
  NewAttribute: 3,
  /** An attribute disappeared. */
  LostAttribute: 4,
  /** An attribute's length is different. */
  AttributeLength: 5,
  /** A relevant part of tcp_info is different. */
  StateOrCounterChange: 6,
  /** The record is the connection's first. */
  PreviousWasNil: 8,
  /** Another attribute's bytes are different. */
  Other: 9,
} as const;
/** Number of a reason in {@link ChangeReason}. */
export type ChangeReason = (typeof ChangeReason)[keyof typeof ChangeReason];

/** Relevant byte ranges of tcp_info, also used by the native comparison. */
const COUNTED_INFO_RANGES = TCP_CHANGE_SHAPE.mask.attributes.find(({ type }) => type === INET_DIAG_INFO)?.ranges ?? [];

type Attributes = readonly (Uint8Array | null)[];

/**
 * Returns the reason for writing `current` after `previous`, two records of one connection. By the reference's rule,
 * these bytes are relevant: `idiag_state`, tcp_info from the start to `tcpi_last_data_sent` and from `tcpi_pmtu` to the
 * end of `tcpi_delivery_rate`, and all other attributes.
 *
 * Unlike the reference, which writes every poll of a socket without tcp_info, equal records are never a change. If a
 * tcp_info ends inside a relevant range, the present bytes are compared.
 */
export function compareRecords(previous: ArchivedRecord, current: ArchivedRecord): ChangeReason {
  if (stateOf(previous) !== stateOf(current)) return ChangeReason.IDiagStateChange;
  const before = previous.attributes ?? [];
  const after = current.attributes ?? [];
  const infoBefore = before[INET_DIAG_INFO] ?? null;
  const infoAfter = after[INET_DIAG_INFO] ?? null;
  if (infoBefore === null || infoAfter === null) {
    const same = infoBefore === infoAfter && compareOthers(before, after) === ChangeReason.NoMajorChange;
    return same ? ChangeReason.NoMajorChange : ChangeReason.NoTCPInfo;
  }
  if (countedInfoDiffers(infoBefore, infoAfter)) return ChangeReason.StateOrCounterChange;
  return compareOthers(before, after);
}

/**
 * Returns the reason for writing a message that is not parsed yet, at `at` in `data`. It must satisfy
 * {@link NetlinkRecord.fits}: then no attribute is new or missing.
 */
export function compareMessage(previous: NetlinkRecord, data: MessageBytes, at: number): ChangeReason {
  const { rawIdm, attributes } = previous;
  const state = INET_DIAG_MSG_STATE_OFFSET;
  if (previous.differsIn(rawIdm, state, state + 1, data, at)) return ChangeReason.IDiagStateChange;
  const info = attributes[INET_DIAG_INFO] ?? null;
  if (info !== null) {
    for (const [start, end] of COUNTED_INFO_RANGES) {
      if (previous.differsIn(info, start, end, data, at)) return ChangeReason.StateOrCounterChange;
    }
  }
  for (const value of attributes) {
    if (value === null || value === info || !previous.differsIn(value, 0, value.length, data, at)) continue;
    return info === null ? ChangeReason.NoTCPInfo : ChangeReason.Other;
  }
  return ChangeReason.NoMajorChange;
}

function stateOf(record: ArchivedRecord): number | undefined {
  return record.rawIdm === undefined ? undefined : readState(record.rawIdm);
}

function countedInfoDiffers(before: Uint8Array, after: Uint8Array): boolean {
  for (const [start, end] of COUNTED_INFO_RANGES) {
    if (!sameBytes(clip(before, start, end), clip(after, start, end))) return true;
  }
  return false;
}

function clip(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return bytes.subarray(Math.min(start, bytes.length), Math.min(end, bytes.length));
}

function compareOthers(before: Attributes, after: Attributes): ChangeReason {
  if (after.length > before.length) return ChangeReason.NewAttribute;
  if (after.length < before.length) return ChangeReason.LostAttribute;
  for (let type = 0; type < after.length; type++) {
    if (type === INET_DIAG_INFO) continue;
    const was = before[type] ?? null;
    const is = after[type] ?? null;
    if (was === null && is === null) continue;
    if (was === null) return ChangeReason.NewAttribute;
    if (is === null) return ChangeReason.LostAttribute;
    if (was.length !== is.length) return ChangeReason.AttributeLength;
    if (!sameBytes(was, is)) return ChangeReason.Other;
  }
  return ChangeReason.NoMajorChange;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
