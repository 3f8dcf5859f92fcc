import { decodeInetDiagMsg } from '../../inetdiag/index.js';
import { formatAddress } from '../../netlink/index.js';
import type { DecodeTcpInfoOptions } from '../../tcp/index.js';
import type { ArchivedRecord } from '../index.js';
import { decodeInto } from './attribute-decoders.js';
import type { Snapshot, SnapshotDraft } from './snapshot.js';

/** Options of {@link decodeSnapshot}: the kernel that the record comes from. */
export interface DecodeSnapshotOptions extends DecodeTcpInfoOptions {}

/**
 * Decodes every attribute of a record. Attributes may have any length: short ones lack fields, and `notDecoded` marks
 * long and unknown ones.
 * @throws DecodeError when RawIDM has fewer than 72 bytes (`ERR_TRUNCATED`), or a nested attribute does not fit
 *   (`ERR_ATTRIBUTE_LENGTH`).
 */
export function decodeSnapshot(record: ArchivedRecord, options: DecodeSnapshotOptions = {}): Snapshot {
  const draft: SnapshotDraft = {
    timestamp: record.timestamp,
    observed: 0,
    notDecoded: 0,
    unknownAttributes: [],
    skippedAttributes: [],
  };
  if (record.metadata !== undefined) draft.metadata = record.metadata;
  if (record.rawIdm !== undefined) addMessage(draft, record.rawIdm);
  for (const [attribute, payload] of (record.attributes ?? []).entries()) {
    if (payload === null) continue;
    const whole = decodeInto(draft, attribute, payload, options);
    draft.observed = (draft.observed | attributeBit(attribute)) >>> 0;
    if (!whole) draft.notDecoded = (draft.notDecoded | attributeBit(attribute)) >>> 0;
  }
  return draft;
}

function addMessage(draft: SnapshotDraft, rawIdm: Uint8Array): void {
  const message = decodeInetDiagMsg(rawIdm);
  const { family, id } = message;
  draft.inetDiagMsg = message;
  draft.localAddress = formatAddress(id.src, family);
  draft.localPort = id.sport;
  draft.remoteAddress = formatAddress(id.dst, family);
  draft.remotePort = id.dport;
}

/** Returns an attribute's bit in `observed` and `notDecoded`; 0 for numbers without a bit. */
export function attributeBit(attribute: number): number {
  return attribute >= 1 && attribute <= 32 ? (1 << (attribute - 1)) >>> 0 : 0;
}
