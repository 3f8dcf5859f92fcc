/** INET_DIAG_ULP_INFO, a nest — include/uapi/linux/inet_diag.h, tls.h and mptcp.h; filled in net/ipv4/tcp_diag.c. */
import { type AttributeTable, AttributeWalker, decodeAttributeInto, defineAttributes } from '../netlink/index.js';
import { decodeName } from './cong.js';

/** Attribute within INET_DIAG_ULP_INFO: name of the protocol. */
export const INET_ULP_INFO_NAME = 1;
/** Attribute within INET_DIAG_ULP_INFO: nested `TLS_INFO_*`. */
export const INET_ULP_INFO_TLS = 2;
/** Attribute within INET_DIAG_ULP_INFO: nested `MPTCP_SUBFLOW_ATTR_*`. */
export const INET_ULP_INFO_MPTCP = 3;

/** Common properties of decoded nested attributes. */
export interface DecodedNest {
  /** Numbers of attributes that we do not know, or whose payload has an unknown size; in wire order. */
  readonly unknownAttributes: readonly number[];
}

/** Upper-layer protocol that a TCP socket serves. Before 6.15 only readers with CAP_NET_ADMIN see it. */
export interface UlpInfo extends DecodedNest {
  /** Name of the protocol, e.g. `tls`, `mptcp`, `smc`, `espintcp`. */
  readonly name?: string;
  /** State of kernel TLS; only for sockets that use it. */
  readonly tls?: TlsUlpInfo;
  /** State of an MPTCP subflow; only for subflows, and absent while they listen. */
  readonly mptcp?: MptcpUlpInfo;
}

/** State of kernel TLS, `TLS_INFO_*` of linux/tls.h. */
export interface TlsUlpInfo extends DecodedNest, TlsFields {}

/** Values of {@link TlsUlpInfo}. */
export interface TlsFields {
  /** Version of TLS: 0x0303 is TLS 1.2, 0x0304 is TLS 1.3. */
  readonly version?: number;
  /** Cipher, `TLS_CIPHER_*`. */
  readonly cipher?: number;
  /** Encryption when sending: 1 not by the kernel, 2 in software, 3 in hardware, 4 by hardware that also does TCP. */
  readonly txconf?: number;
  /** Decryption when receiving, with the values of `txconf`. */
  readonly rxconf?: number;
  /** True if sendfile is zero-copy; absent if not. */
  readonly zcRoTx?: boolean;
  /** True if records are expected without padding; absent if not. */
  readonly rxNoPad?: boolean;
}

/** State of an MPTCP subflow, `MPTCP_SUBFLOW_ATTR_*` of linux/mptcp.h. */
export interface MptcpUlpInfo extends DecodedNest, MptcpFields {}

/** Values of {@link MptcpUlpInfo}. Since 6.15 relwriteSeq and the map's fields need CAP_NET_ADMIN. */
export interface MptcpFields {
  /** The peer's token for the connection. */
  readonly tokenRem?: number;
  /** Our token for the connection: equal in all of its subflows. */
  readonly tokenLoc?: number;
  /** Subflow sequence number of the next byte to send, relative to the subflow's start. */
  readonly relwriteSeq?: number;
  /** Data sequence number of the current mapping. */
  readonly mapSeq?: bigint;
  /** Subflow sequence number of the current mapping. */
  readonly mapSfseq?: number;
  /** Initial sequence number of the subflow; those of the mapping are relative to it. */
  readonly ssnOffset?: number;
  /** Bytes of the current mapping. */
  readonly mapDatalenBytes?: number;
  /** Flags of the subflow, {@link MptcpSubflowFlag} bits. */
  readonly flags?: number;
  /** The peer's address id. */
  readonly idRem?: number;
  /** Our address id. */
  readonly idLoc?: number;
}

/** Bits of an MPTCP subflow's `flags`, `MPTCP_SUBFLOW_FLAG_*` — include/uapi/linux/mptcp.h. */
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

/** MPTCP_SUBFLOW_ATTR_PAD: an attribute that only aligns the next one. */
const MPTCP_PAD = 11;

const U8 = { offset: 0, size: 1, kind: 'u8' } as const;
const U16 = { offset: 0, size: 2, kind: 'u16' } as const;
const U32 = { offset: 0, size: 4, kind: 'u32' } as const;
const PRESENT = { offset: 0, size: 0, kind: 'present' } as const;

/** Table of the nested TLS attributes. */
export const TLS_INFO: AttributeTable<TlsFields> = defineAttributes<TlsFields>({
  version: { attribute: 1, cName: 'TLS_INFO_VERSION', ...U16, unit: 'enum', since: '5.4' },
  cipher: { attribute: 2, cName: 'TLS_INFO_CIPHER', ...U16, unit: 'enum', since: '5.4' },
  txconf: { attribute: 3, cName: 'TLS_INFO_TXCONF', ...U16, unit: 'enum', since: '5.4' },
  rxconf: { attribute: 4, cName: 'TLS_INFO_RXCONF', ...U16, unit: 'enum', since: '5.4' },
  zcRoTx: { attribute: 5, cName: 'TLS_INFO_ZC_RO_TX', ...PRESENT, unit: 'bool', since: '6.0' },
  rxNoPad: { attribute: 6, cName: 'TLS_INFO_RX_NO_PAD', ...PRESENT, unit: 'bool', since: '6.0' },
});

/** Table of the nested MPTCP attributes. */
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
 * Decodes one INET_DIAG_ULP_INFO payload. If an attribute occurs twice, the last one counts.
 * @throws DecodeError `ERR_ATTRIBUTE_LENGTH` when nested attributes are broken; `at` counts from the payload's start.
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
