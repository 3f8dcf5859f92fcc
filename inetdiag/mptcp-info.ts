/** struct mptcp_info — include/uapi/linux/mptcp.h, 96 bytes: INET_DIAG_INFO of a socket of IPPROTO_MPTCP. */
import { type DecodedStruct, defineStruct, readStruct, type Struct } from '../netlink/index.js';

/** Bits of `flags`, `MPTCP_INFO_FLAG_*`. */
export const MptcpInfoFlag = {
  FALLBACK: 1,
  REMOTE_KEY_RECEIVED: 2,
} as const;

/** State of an MPTCP connection, `struct mptcp_info`. */
export interface MptcpInfo extends DecodedStruct {
  /** Subflows besides the first one. */
  readonly subflows?: number;
  /** Addresses that were announced to the peer, and those of the peer that were accepted. */
  readonly addAddrSignal?: number;
  readonly addAddrAccepted?: number;
  /** Limits of these three. */
  readonly subflowsMax?: number;
  readonly addAddrSignalMax?: number;
  readonly addAddrAcceptedMax?: number;
  /** {@link MptcpInfoFlag} bits. */
  readonly flags?: number;
  /** Our token for the connection. */
  readonly token?: number;
  /** Data sequence numbers: of the next byte to send, of the first one not acknowledged, of the next one to receive. */
  readonly writeSeq?: bigint;
  readonly sndUna?: bigint;
  readonly rcvNxt?: bigint;
  /** Local addresses that are used, and their limit. */
  readonly localAddrUsed?: number;
  readonly localAddrMax?: number;
  /** 1 if data has checksums. */
  readonly csumEnabled?: number;
  /** Retransmissions of the connection: data that was sent again, also on another subflow. */
  readonly retransmits?: number;
  readonly bytesRetrans?: number;
  readonly bytesSent?: number;
  readonly bytesReceived?: number;
  readonly bytesAcked?: number;
  /** Subflows, the first one included. */
  readonly subflowsTotal?: number;
  readonly lastDataSentMs?: number;
  readonly lastDataRecvMs?: number;
  readonly lastAckRecvMs?: number;
}

const U8 = { size: 1, kind: 'u8' } as const;
const U32 = { size: 4, kind: 'u32' } as const;
const U64 = { size: 8, kind: 'u64' } as const;
const SEQUENCE = { size: 8, kind: 'id64', unit: 'id' } as const;
const COUNT = { unit: 'raw' } as const;
const BYTES = { unit: 'bytes' } as const;

/** Table of `struct mptcp_info`; newer kernels have limits of endpoints in the hole before `mptcpi_last_data_sent`. */
export const MPTCP_INFO: Struct<MptcpInfo> = defineStruct<MptcpInfo>('struct mptcp_info', 96, {
  subflows: { cName: 'mptcpi_subflows', offset: 0, ...U8, ...COUNT, since: '5.9' },
  addAddrSignal: { cName: 'mptcpi_add_addr_signal', offset: 1, ...U8, ...COUNT, since: '5.9' },
  addAddrAccepted: { cName: 'mptcpi_add_addr_accepted', offset: 2, ...U8, ...COUNT, since: '5.9' },
  subflowsMax: { cName: 'mptcpi_subflows_max', offset: 3, ...U8, ...COUNT, since: '5.9' },
  addAddrSignalMax: { cName: 'mptcpi_add_addr_signal_max', offset: 4, ...U8, ...COUNT, since: '5.9' },
  addAddrAcceptedMax: { cName: 'mptcpi_add_addr_accepted_max', offset: 5, ...U8, ...COUNT, since: '5.9' },
  flags: { cName: 'mptcpi_flags', offset: 8, ...U32, unit: 'bits', since: '5.9' },
  token: { cName: 'mptcpi_token', offset: 12, ...U32, unit: 'id', since: '5.9' },
  writeSeq: { cName: 'mptcpi_write_seq', offset: 16, ...SEQUENCE, since: '5.9' },
  sndUna: { cName: 'mptcpi_snd_una', offset: 24, ...SEQUENCE, since: '5.9' },
  rcvNxt: { cName: 'mptcpi_rcv_nxt', offset: 32, ...SEQUENCE, since: '5.9' },
  localAddrUsed: { cName: 'mptcpi_local_addr_used', offset: 40, ...U8, ...COUNT, since: '5.12' },
  localAddrMax: { cName: 'mptcpi_local_addr_max', offset: 41, ...U8, ...COUNT, since: '5.12' },
  csumEnabled: { cName: 'mptcpi_csum_enabled', offset: 42, ...U8, unit: 'bool', since: '5.14' },
  retransmits: { cName: 'mptcpi_retransmits', offset: 44, ...U32, unit: 'events', since: '6.5' },
  bytesRetrans: { cName: 'mptcpi_bytes_retrans', offset: 48, ...U64, ...BYTES, since: '6.5' },
  bytesSent: { cName: 'mptcpi_bytes_sent', offset: 56, ...U64, ...BYTES, since: '6.5' },
  bytesReceived: { cName: 'mptcpi_bytes_received', offset: 64, ...U64, ...BYTES, since: '6.5' },
  bytesAcked: { cName: 'mptcpi_bytes_acked', offset: 72, ...U64, ...BYTES, since: '6.5' },
  subflowsTotal: { cName: 'mptcpi_subflows_total', offset: 80, ...U8, ...COUNT, since: '6.7' },
  lastDataSentMs: { cName: 'mptcpi_last_data_sent', offset: 84, ...U32, unit: 'ms', since: '6.10' },
  lastDataRecvMs: { cName: 'mptcpi_last_data_recv', offset: 88, ...U32, unit: 'ms', since: '6.10' },
  lastAckRecvMs: { cName: 'mptcpi_last_ack_recv', offset: 92, ...U32, unit: 'ms', since: '6.10' },
});

/** Decodes the INET_DIAG_INFO payload of a socket of IPPROTO_MPTCP, of any length. Does not throw. */
export function decodeMptcpInfo(payload: Uint8Array): MptcpInfo {
  return readStruct(payload, MPTCP_INFO);
}
