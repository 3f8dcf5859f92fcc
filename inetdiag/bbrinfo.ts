/** struct tcp_bbr_info — include/uapi/linux/inet_diag.h, 20 bytes. */
import { type DecodedStruct, defineStruct, readStruct, type Struct } from '../netlink/index.js';

/** Members of `struct tcp_bbr_info`. */
export interface BbrInfoFields extends DecodedStruct {
  /** Estimated bandwidth of the bottleneck: `bbr_bw_hi` and `bbr_bw_lo` together. */
  readonly bwBytesPerSec?: number;
  /** Smallest recent round-trip time in microseconds; null before the first sample (~0). */
  readonly minRttUs?: number | null;
  /** `bbr_pacing_gain` as the kernel writes it, in 1/256. */
  readonly pacingGainRaw?: number;
  /** `bbr_cwnd_gain` as the kernel writes it, in 1/256. */
  readonly cwndGainRaw?: number;
}

/** State of BBR congestion control. */
export interface BbrInfo extends BbrInfoFields {
  /** Factor from bandwidth to pacing rate, e.g. 2.88671875 in startup. */
  readonly pacingGain?: number;
  /** Factor from bandwidth-delay product to congestion window. */
  readonly cwndGain?: number;
}

/** Table of `struct tcp_bbr_info`; the first field spans `bbr_bw_lo` and `bbr_bw_hi`. */
export const TCP_BBR_INFO: Struct<BbrInfoFields> = defineStruct<BbrInfoFields>('struct tcp_bbr_info', 20, {
  bwBytesPerSec: { cName: 'bbr_bw_lo', offset: 0, size: 8, kind: 'u64', unit: 'bytes/s', since: '4.9' },
  minRttUs: { cName: 'bbr_min_rtt', offset: 8, size: 4, kind: 'u32', unit: 'us', since: '4.9', nullAt: 0xffff_ffff },
  pacingGainRaw: { cName: 'bbr_pacing_gain', offset: 12, size: 4, kind: 'u32', unit: 'raw', since: '4.9' },
  cwndGainRaw: { cName: 'bbr_cwnd_gain', offset: 16, size: 4, kind: 'u32', unit: 'raw', since: '4.9' },
});

/** Fixed-point value of gain 1: the kernel shifts gains left by 8 bits. */
const GAIN_ONE = 256;

/** Decodes one INET_DIAG_BBRINFO payload of any length. Does not throw. */
export function decodeBbrInfo(payload: Uint8Array): BbrInfo {
  const info: { -readonly [K in keyof BbrInfo]: BbrInfo[K] } = readStruct(payload, TCP_BBR_INFO);
  if (info.pacingGainRaw !== undefined) info.pacingGain = info.pacingGainRaw / GAIN_ONE;
  if (info.cwndGainRaw !== undefined) info.cwndGain = info.cwndGainRaw / GAIN_ONE;
  return info;
}
