import { INET_DIAG_INFO, INET_DIAG_MSG_STATE_OFFSET, readState, TCP_CHANGE_SHAPE } from '../inetdiag/index.js';
import type { ArchivedRecord, MessageBytes, NetlinkRecord } from '../parse/index.js';

/**
 * Why a record is worth writing: the reference's reasons, by its names and numbers. Anything above 0 is written.
 */
export const ChangeReason = {
  /** Nothing that counts is different. */
  NoMajorChange: 0,
  /** `idiag_state` is different. */
  IDiagStateChange: 1,
  /** One of the records has no tcp_info, and they differ. */
  NoTCPInfo: 2,
  /** An attribute came. */
  NewAttribute: 3,
  /** An attribute went. */
  LostAttribute: 4,
  /** An attribute's length is different. */
  AttributeLength: 5,
  /** A counting part of tcp_info is different. */
  StateOrCounterChange: 6,
  /** The connection's first record. */
  PreviousWasNil: 8,
  /** Another attribute's bytes are different. */
  Other: 9,
} as const;
export type ChangeReason = (typeof ChangeReason)[keyof typeof ChangeReason];

/** The bytes of tcp_info that count, the same that the native comparison is given. */
const COUNTED_INFO_RANGES = TCP_CHANGE_SHAPE.mask.attributes.find(({ type }) => type === INET_DIAG_INFO)?.ranges ?? [];

type Attributes = readonly (Uint8Array | null)[];

/**
 * Says why `current` is to be written after `previous`, two records of one connection: the reference's rule, which
 * keeps to `idiag_state`, tcp_info from the start to `tcpi_last_data_sent` and from `tcpi_pmtu` to the end of
 * `tcpi_delivery_rate`, and all other attributes.
 *
 * Where the reference writes a row at every poll as long as a socket has no tcp_info, equal records are no change here.
 * Of a tcp_info that ends inside the counting ranges, what is there counts.
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
 * The same of a message that is not parsed, at `at` in `data`, and that {@link NetlinkRecord.fits}: attributes have
 * neither come nor gone.
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
