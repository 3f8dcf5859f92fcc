/** struct tcpvegas_info — include/uapi/linux/inet_diag.h, 16 bytes. */
import { type DecodedStruct, defineStruct, readStruct, type Struct } from '../netlink/index.js';

/** State of vegas, westwood, illinois and similar congestion controls; each defines the meaning of its numbers. */
export interface VegasInfo extends DecodedStruct {
  /** 1 if the algorithm is active at the moment, else 0. */
  readonly enabled?: number;
  /** Samples of the round-trip time in the current round. */
  readonly rttcnt?: number;
  /** Round-trip time in microseconds; null before the first sample (0x7fffffff). */
  readonly rttUs?: number | null;
  /** Smallest round-trip time in microseconds; null before the first sample (0x7fffffff). */
  readonly minrttUs?: number | null;
}

/** Table of `struct tcpvegas_info`. */
export const TCPVEGAS_INFO: Struct<VegasInfo> = defineStruct<VegasInfo>('struct tcpvegas_info', 16, {
  enabled: { cName: 'tcpv_enabled', offset: 0, size: 4, kind: 'u32', unit: 'enum', since: '2.6' },
  rttcnt: { cName: 'tcpv_rttcnt', offset: 4, size: 4, kind: 'u32', unit: 'events', since: '2.6' },
  rttUs: { cName: 'tcpv_rtt', offset: 8, size: 4, kind: 'u32', unit: 'us', since: '2.6', nullAt: 0x7fff_ffff },
  minrttUs: { cName: 'tcpv_minrtt', offset: 12, size: 4, kind: 'u32', unit: 'us', since: '2.6', nullAt: 0x7fff_ffff },
});

/** Decodes one INET_DIAG_VEGASINFO payload of any length. Does not throw. */
export function decodeVegasInfo(payload: Uint8Array): VegasInfo {
  return readStruct(payload, TCPVEGAS_INFO);
}
