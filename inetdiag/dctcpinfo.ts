/** struct tcp_dctcp_info — include/uapi/linux/inet_diag.h, 16 bytes. */
import { type DecodedStruct, defineStruct, readStruct, type Struct } from '../netlink/index.js';

/** State of DCTCP congestion control. */
export interface DctcpInfo extends DecodedStruct {
  /** 1 normally; 0 when the peer has no ECN, and then all other fields are 0. */
  readonly enabled?: number;
  /** 1 if the last packet received was marked CE, else 0. */
  readonly ceState?: number;
  /** Smoothed share of marked bytes, in 1/1024. */
  readonly alpha?: number;
  /** Bytes acknowledged with a mark in the current window. */
  readonly abEcnBytes?: number;
  /** Bytes acknowledged in the current window. */
  readonly abTotBytes?: number;
}

/** Table of `struct tcp_dctcp_info`. */
export const TCP_DCTCP_INFO: Struct<DctcpInfo> = defineStruct<DctcpInfo>('struct tcp_dctcp_info', 16, {
  enabled: { cName: 'dctcp_enabled', offset: 0, size: 2, kind: 'u16', unit: 'enum', since: '4.1' },
  ceState: { cName: 'dctcp_ce_state', offset: 2, size: 2, kind: 'u16', unit: 'enum', since: '4.1' },
  alpha: { cName: 'dctcp_alpha', offset: 4, size: 4, kind: 'u32', unit: 'raw', since: '4.1' },
  abEcnBytes: { cName: 'dctcp_ab_ecn', offset: 8, size: 4, kind: 'u32', unit: 'bytes', since: '4.1' },
  abTotBytes: { cName: 'dctcp_ab_tot', offset: 12, size: 4, kind: 'u32', unit: 'bytes', since: '4.1' },
});

/** Decodes one INET_DIAG_DCTCPINFO payload of any length. Does not throw. */
export function decodeDctcpInfo(payload: Uint8Array): DctcpInfo {
  return readStruct(payload, TCP_DCTCP_INFO);
}
