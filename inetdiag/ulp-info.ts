/** INET_DIAG_ULP_INFO, a nest — include/uapi/linux/inet_diag.h, tls.h and mptcp.h; filled in net/ipv4/tcp_diag.c. */
import { type AttributeTable, AttributeWalker, decodeAttributeInto, defineAttributes } from '../netlink/index.js';
import { decodeName } from './cong.js';

/** Within the nest: the protocol's name. */
export const INET_ULP_INFO_NAME = 1;
/** Within the nest: a nest of `TLS_INFO_*`. */
export const INET_ULP_INFO_TLS = 2;
/** Within the nest: a nest of `MPTCP_SUBFLOW_ATTR_*`. */
export const INET_ULP_INFO_MPTCP = 3;

/** What of a nest is not decoded. */
export interface DecodedNest {
  /** Numbers of attributes that we do not know, or whose payload was not the one we know; in the order of the wire. */
  readonly unknownAttributes: readonly number[];
}

/** The upper-layer protocol that a TCP socket serves. Before 6.15 only readers with CAP_NET_ADMIN see it. */
export interface UlpInfo extends DecodedNest {
  /** e.g. `tls`, `mptcp`, `smc`, `espintcp`. */
  readonly name?: string;
  /** Only of sockets with kernel TLS. */
  readonly tls?: TlsUlpInfo;
  /** Only of MPTCP subflows; absent while they listen. */
  readonly mptcp?: MptcpUlpInfo;
}

/** State of kernel TLS, `TLS_INFO_*` of linux/tls.h. */
export interface TlsUlpInfo extends DecodedNest, TlsFields {}

/** The values of {@link TlsUlpInfo}. */
export interface TlsFields {
  /** 0x0303 is TLS 1.2, 0x0304 is TLS 1.3. */
  readonly version?: number;
  /** `TLS_CIPHER_*`. */
  readonly cipher?: number;
  /** How it sends: 1 not encrypted by the kernel, 2 in software, 3 in hardware, 4 by hardware that does TCP too. */
  readonly txconf?: number;
  /** How it receives, likewise. */
  readonly rxconf?: number;
  /** True if sendfile is zero-copy; absent if not. */
  readonly zcRoTx?: boolean;
  /** True if records are expected without padding; absent if not. */
  readonly rxNoPad?: boolean;
}

/** State of an MPTCP subflow, `MPTCP_SUBFLOW_ATTR_*` of linux/mptcp.h. */
export interface MptcpUlpInfo extends DecodedNest, MptcpFields {}

/** The values of {@link MptcpUlpInfo}. Since 6.15 relwriteSeq and the map's fields are for CAP_NET_ADMIN only. */
export interface MptcpFields {
  /** The peer's token of the connection. */
  readonly tokenRem?: number;
  /** Our token of the connection: the same in all of its subflows. */
  readonly tokenLoc?: number;
  /** Subflow sequence number of the next byte to send, relative to the subflow's start. */
  readonly relwriteSeq?: number;
  /** Data sequence number of the present mapping. */
  readonly mapSeq?: bigint;
  /** Subflow sequence number of the present mapping. */
  readonly mapSfseq?: number;
  /** Where the subflow's sequence numbers start, which the mapping's are relative to. */
  readonly ssnOffset?: number;
  /** Bytes of the present mapping. */
  readonly mapDatalenBytes?: number;
  /** `MPTCP_SUBFLOW_FLAG_*` bits. */
  readonly flags?: number;
  /** The peer's address id. */
  readonly idRem?: number;
  /** Our address id. */
  readonly idLoc?: number;
}

/** Bits of an MPTCP subflow's `flags` — include/uapi/linux/mptcp.h. */
export const MptcpSubflowFlag = {
  MCAP_REM: 1,
  MCAP_LOC: 2,
  JOIN_REM: 4,
  JOIN_LOC: 8,
  BKUP_REM: 16,
  BKUP_LOC: 32,
  FULLY_ESTABLISHED: 64,
  CONNECTED: 128,
  MAPVALID: 256,
} as const;

/** Number of the attribute that only aligns the one behind it; MPTCP_SUBFLOW_ATTR_PAD. */
const MPTCP_PAD = 11;

const U8 = { offset: 0, size: 1, kind: 'u8' } as const;
const U16 = { offset: 0, size: 2, kind: 'u16' } as const;
const U32 = { offset: 0, size: 4, kind: 'u32' } as const;
const PRESENT = { offset: 0, size: 0, kind: 'present' } as const;

/** Table of the TLS nest. */
export const TLS_INFO: AttributeTable<TlsFields> = defineAttributes<TlsFields>({
  version: { attribute: 1, cName: 'TLS_INFO_VERSION', ...U16, unit: 'enum', since: '5.4' },
  cipher: { attribute: 2, cName: 'TLS_INFO_CIPHER', ...U16, unit: 'enum', since: '5.4' },
  txconf: { attribute: 3, cName: 'TLS_INFO_TXCONF', ...U16, unit: 'enum', since: '5.4' },
  rxconf: { attribute: 4, cName: 'TLS_INFO_RXCONF', ...U16, unit: 'enum', since: '5.4' },
  zcRoTx: { attribute: 5, cName: 'TLS_INFO_ZC_RO_TX', ...PRESENT, unit: 'bool', since: '6.0' },
  rxNoPad: { attribute: 6, cName: 'TLS_INFO_RX_NO_PAD', ...PRESENT, unit: 'bool', since: '6.0' },
});

/** Table of the MPTCP nest. */
export const MPTCP_SUBFLOW: AttributeTable<MptcpFields> = defineAttributes<MptcpFields>({
  tokenRem: { attribute: 1, cName: 'MPTCP_SUBFLOW_ATTR_TOKEN_REM', ...U32, unit: 'id', since: '5.6' },
  tokenLoc: { attribute: 2, cName: 'MPTCP_SUBFLOW_ATTR_TOKEN_LOC', ...U32, unit: 'id', since: '5.6' },
  relwriteSeq: { attribute: 3, cName: 'MPTCP_SUBFLOW_ATTR_RELWRITE_SEQ', ...U32, unit: 'id', since: '5.6' },
  mapSeq: {
    attribute: 4,
    cName: 'MPTCP_SUBFLOW_ATTR_MAP_SEQ',
    ...U32,
    size: 8,
    kind: 'id64',
    unit: 'id',
    since: '5.6',
  },
  mapSfseq: { attribute: 5, cName: 'MPTCP_SUBFLOW_ATTR_MAP_SFSEQ', ...U32, unit: 'id', since: '5.6' },
  ssnOffset: { attribute: 6, cName: 'MPTCP_SUBFLOW_ATTR_SSN_OFFSET', ...U32, unit: 'id', since: '5.6' },
  mapDatalenBytes: { attribute: 7, cName: 'MPTCP_SUBFLOW_ATTR_MAP_DATALEN', ...U16, unit: 'bytes', since: '5.6' },
  flags: { attribute: 8, cName: 'MPTCP_SUBFLOW_ATTR_FLAGS', ...U32, unit: 'bits', since: '5.6' },
  idRem: { attribute: 9, cName: 'MPTCP_SUBFLOW_ATTR_ID_REM', ...U8, unit: 'id', since: '5.6' },
  idLoc: { attribute: 10, cName: 'MPTCP_SUBFLOW_ATTR_ID_LOC', ...U8, unit: 'id', since: '5.6' },
});

/**
 * Decodes one INET_DIAG_ULP_INFO payload. Of an attribute that occurs twice the last counts.
 * @throws DecodeError `ERR_ATTRIBUTE_LENGTH` when a nest is broken; `at` counts from the payload's start.
 */
export function decodeUlpInfo(payload: Uint8Array): UlpInfo {
  const out: { -readonly [K in keyof UlpInfo]: UlpInfo[K] } & { unknownAttributes: number[] } = {
    unknownAttributes: [],
  };
  const walker = new AttributeWalker();
  walker.reset(payload, 0);
  while (walker.next()) {
    const { type, start, end } = walker;
    if (type === INET_ULP_INFO_NAME) out.name = decodeName(payload.subarray(start, end));
    else if (type === INET_ULP_INFO_TLS) out.tls = decodeNest(payload, start, end, TLS_INFO);
    else if (type === INET_ULP_INFO_MPTCP) out.mptcp = decodeNest(payload, start, end, MPTCP_SUBFLOW, MPTCP_PAD);
    else out.unknownAttributes.push(type);
  }
  return out;
}

function decodeNest<T extends object>(
  payload: Uint8Array,
  start: number,
  end: number,
  table: AttributeTable<T>,
  pad?: number,
): T & DecodedNest {
  const unknownAttributes: number[] = [];
  const out = { unknownAttributes } as unknown as T & DecodedNest;
  const walker = new AttributeWalker();
  walker.reset(payload, start, end);
  while (walker.next()) {
    if (walker.type === pad) continue;
    const left = decodeAttributeInto<T>(out, table, walker.type, payload.subarray(walker.start, walker.end));
    if (left !== 0) unknownAttributes.push(walker.type);
  }
  return out;
}
