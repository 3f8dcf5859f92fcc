import { fieldOf, readStruct, readU32, readU64AsNumber } from '../netlink/index.js';
import type { TcpInfo } from './tcp-info.js';
import { TCP_INFO, TCP_INFO_7_0 } from './tcp-info-table.js';

/** Options of {@link decodeTcpInfo}. */
export interface DecodeTcpInfoOptions {
  /** `uname -r` of the machine that produced the bytes. From 7.0 on, bytes 276 to 279 are read as bit-fields. */
  readonly kernelRelease?: string | undefined;
}

/** Decodes a tcp_info of any length; fields that the kernel did not send are absent. Does not throw. */
export function decodeTcpInfo(payload: Uint8Array, options: DecodeTcpInfoOptions = {}): TcpInfo {
  return readStruct(payload, hasWordOfBits(options.kernelRelease) ? TCP_INFO_7_0 : TCP_INFO);
}

/** Returns whether a `uname -r` is 7.0 or later. Since 7.0 the last word of the struct has another layout. */
export function hasWordOfBits(kernelRelease: string | undefined): boolean {
  return Number(/^\d+/.exec(kernelRelease ?? '')?.[0] ?? 0) >= 7;
}

const RTT = fieldOf(TCP_INFO, 'rttUs').offset;
const TOTAL_RETRANS = fieldOf(TCP_INFO, 'totalRetrans').offset;
const SEGS_OUT = fieldOf(TCP_INFO, 'segsOut').offset;
const MIN_RTT = fieldOf(TCP_INFO, 'minRttUs').offset;
const NO_MIN_RTT = 0xffff_ffff;
const SND_WND = fieldOf(TCP_INFO, 'sndWndBytes').offset;
const DATA_SEGS_OUT = fieldOf(TCP_INFO, 'dataSegsOut').offset;
const UNACKED = fieldOf(TCP_INFO, 'unacked').offset;
const NOTSENT_BYTES = fieldOf(TCP_INFO, 'notsentBytes').offset;
const BUSY_TIME = fieldOf(TCP_INFO, 'busyTimeUs').offset;
const RWND_LIMITED = fieldOf(TCP_INFO, 'rwndLimitedUs').offset;
const SNDBUF_LIMITED = fieldOf(TCP_INFO, 'sndbufLimitedUs').offset;
const BYTES_RECEIVED = fieldOf(TCP_INFO, 'bytesReceived').offset;
const BYTES_SENT = fieldOf(TCP_INFO, 'bytesSent').offset;
const BYTES_RETRANS = fieldOf(TCP_INFO, 'bytesRetrans').offset;

/** Reads only `tcpi_bytes_sent`. Undefined before 4.19; rounded above 2^53 - 1. */
export function readBytesSent(payload: Uint8Array): number | undefined {
  return readU64AsNumber(payload, BYTES_SENT);
}

/** Reads only `tcpi_bytes_received`. Undefined before 4.1; rounded above 2^53 - 1. */
export function readBytesReceived(payload: Uint8Array): number | undefined {
  return readU64AsNumber(payload, BYTES_RECEIVED);
}

/** Reads only `tcpi_bytes_retrans`. Undefined before 4.19; rounded above 2^53 - 1. */
export function readBytesRetrans(payload: Uint8Array): number | undefined {
  return readU64AsNumber(payload, BYTES_RETRANS);
}

/** Reads only `tcpi_rtt`, in microseconds. Undefined until the first sample. */
export function readRttUs(payload: Uint8Array): number | undefined {
  const us = readU32(payload, RTT);
  return us === 0 ? undefined : us;
}

/** Reads only `tcpi_min_rtt`, in microseconds. Undefined until the first sample, and before 4.6. */
export function readMinRttUs(payload: Uint8Array): number | undefined {
  const us = readU32(payload, MIN_RTT);
  return us === 0 || us === NO_MIN_RTT ? undefined : us;
}

/** Reads only `tcpi_snd_wnd`, in bytes. Undefined before 5.4. */
export function readSndWndBytes(payload: Uint8Array): number | undefined {
  return readU32(payload, SND_WND);
}

/** Reads only `tcpi_total_retrans`, which wraps at 2^32. */
export function readTotalRetrans(payload: Uint8Array): number | undefined {
  return readU32(payload, TOTAL_RETRANS);
}

/** Reads only `tcpi_data_segs_out`, which wraps at 2^32. Undefined before 4.6. */
export function readDataSegsOut(payload: Uint8Array): number | undefined {
  return readU32(payload, DATA_SEGS_OUT);
}

/** Reads only `tcpi_segs_out`, which wraps at 2^32. Undefined before 4.2. */
export function readSegsOut(payload: Uint8Array): number | undefined {
  return readU32(payload, SEGS_OUT);
}

/** Reads only `tcpi_unacked`: packets sent and not acknowledged. */
export function readUnacked(payload: Uint8Array): number | undefined {
  return readU32(payload, UNACKED);
}

/** Reads only `tcpi_notsent_bytes`: bytes written by the application and not sent. Undefined before 4.6. */
export function readNotsentBytes(payload: Uint8Array): number | undefined {
  return readU32(payload, NOTSENT_BYTES);
}

/** Reads only `tcpi_busy_time`: microseconds with data outstanding. Undefined before 4.10; rounded above 2^53 - 1. */
export function readBusyTimeUs(payload: Uint8Array): number | undefined {
  return readU64AsNumber(payload, BUSY_TIME);
}

/** Reads only `tcpi_rwnd_limited`: microseconds in which the peer's window was the limit. Undefined before 4.10. */
export function readRwndLimitedUs(payload: Uint8Array): number | undefined {
  return readU64AsNumber(payload, RWND_LIMITED);
}

/** Reads only `tcpi_sndbuf_limited`: microseconds in which the send buffer was the limit. Undefined before 4.10. */
export function readSndbufLimitedUs(payload: Uint8Array): number | undefined {
  return readU64AsNumber(payload, SNDBUF_LIMITED);
}
