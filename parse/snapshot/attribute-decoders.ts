import {
  decodeBbrInfo,
  decodeCong,
  decodeDctcpInfo,
  decodeMemInfo,
  decodeSkMemInfo,
  decodeSockOpt,
  decodeUlpInfo,
  decodeVegasInfo,
  INET_DIAG_BBRINFO,
  INET_DIAG_CONG,
  INET_DIAG_DCTCPINFO,
  INET_DIAG_INFO,
  INET_DIAG_LOCALS,
  INET_DIAG_MD5SIG,
  INET_DIAG_MEMINFO,
  INET_DIAG_PAD,
  INET_DIAG_PEERS,
  INET_DIAG_SK_BPF_STORAGES,
  INET_DIAG_SKMEMINFO,
  INET_DIAG_SOCKOPT,
  INET_DIAG_ULP_INFO,
  INET_DIAG_VEGASINFO,
  SCALAR_ATTRIBUTES,
  type ScalarAttributes,
  type UlpInfo,
} from '../../inetdiag/index.js';
import { type DecodedStruct, decodeAttributeInto } from '../../netlink/index.js';
import { type DecodeTcpInfoOptions, decodeTcpInfo } from '../../tcp/index.js';
import type { SnapshotDraft } from './snapshot.js';

/**
 * Known attributes that are not decoded: a secret (MD5SIG), attributes that TCP sockets do not have (LOCALS, PEERS),
 * and data in a format that only its BPF program knows (SK_BPF_STORAGES).
 */
export const SKIPPED_ATTRIBUTES: readonly number[] = [
  INET_DIAG_LOCALS,
  INET_DIAG_PEERS,
  INET_DIAG_MD5SIG,
  INET_DIAG_SK_BPF_STORAGES,
];

/** Stores an attribute's value in the draft; returns whether all of its bytes were decoded. */
type Decoder = (draft: SnapshotDraft, payload: Uint8Array, options: DecodeTcpInfoOptions) => boolean;

const DECODERS: ReadonlyMap<number, Decoder> = new Map<number, Decoder>([
  [
    INET_DIAG_INFO,
    (draft, payload, options) => {
      draft.tcpInfo = decodeTcpInfo(payload, options);
      return isWhole(draft.tcpInfo);
    },
  ],
  [
    INET_DIAG_CONG,
    (draft, payload) => {
      draft.congestionAlgorithm = decodeCong(payload);
      return true;
    },
  ],
  [
    INET_DIAG_ULP_INFO,
    (draft, payload) => {
      draft.ulpInfo = decodeUlpInfo(payload);
      return isWholeUlp(draft.ulpInfo);
    },
  ],
  [INET_DIAG_MEMINFO, structDecoder('memInfo', decodeMemInfo)],
  [INET_DIAG_SKMEMINFO, structDecoder('skMemInfo', decodeSkMemInfo)],
  [INET_DIAG_VEGASINFO, structDecoder('vegasInfo', decodeVegasInfo)],
  [INET_DIAG_DCTCPINFO, structDecoder('dctcpInfo', decodeDctcpInfo)],
  [INET_DIAG_BBRINFO, structDecoder('bbrInfo', decodeBbrInfo)],
  [INET_DIAG_SOCKOPT, structDecoder('sockopt', decodeSockOpt)],
  [INET_DIAG_PAD, (_draft, payload) => payload.length === 0],
]);

/**
 * Decodes one attribute into a draft. The draft also lists attributes that are not decoded.
 * @returns true when the attribute was decoded completely.
 * @throws DecodeError when nested attributes are broken.
 */
export function decodeInto(
  draft: SnapshotDraft,
  attribute: number,
  payload: Uint8Array,
  options: DecodeTcpInfoOptions,
): boolean {
  const decoder = DECODERS.get(attribute);
  if (decoder !== undefined) return decoder(draft, payload, options);
  const left = decodeAttributeInto<ScalarAttributes>(draft, SCALAR_ATTRIBUTES, attribute, payload);
  if (left !== undefined) return left === 0;
  const skipped = SKIPPED_ATTRIBUTES.includes(attribute);
  (skipped ? draft.skippedAttributes : draft.unknownAttributes).push(attribute);
  return false;
}

type StructKey = 'memInfo' | 'skMemInfo' | 'vegasInfo' | 'dctcpInfo' | 'bbrInfo' | 'sockopt';

function structDecoder<K extends StructKey>(
  key: K,
  decode: (payload: Uint8Array) => NonNullable<SnapshotDraft[K]>,
): Decoder {
  return (draft, payload) => {
    const value = decode(payload);
    draft[key] = value;
    return isWhole(value);
  };
}

function isWhole(struct: DecodedStruct): boolean {
  return struct.unknownTailBytes === 0 && struct.outOfRange === undefined;
}

function isWholeUlp(ulp: UlpInfo): boolean {
  const nests = [ulp, ulp.tls, ulp.mptcp];
  return nests.every((nest) => nest === undefined || nest.unknownAttributes.length === 0);
}
