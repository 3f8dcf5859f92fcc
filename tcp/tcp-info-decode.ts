import { fieldOf, readStruct, readU32, readU64AsNumber } from '../netlink/index.js';
import type { TcpInfo } from './tcp-info.js';
import { TCP_INFO, TCP_INFO_7_0 } from './tcp-info-table.js';

/** What the decoder cannot tell from the bytes. */
export interface DecodeTcpInfoOptions {
  /** `uname -r` of the machine that the bytes come from. From 7.0 on bytes 276 to 279 are read as bit-fields. */
  readonly kernelRelease?: string | undefined;
}

/** Decodes a tcp_info of any length; what the kernel did not send is absent. Does not throw. */
export function decodeTcpInfo(payload: Uint8Array, options: DecodeTcpInfoOptions = {}): TcpInfo {
  return readStruct(payload, hasWordOfBits(options.kernelRelease) ? TCP_INFO_7_0 : TCP_INFO);
}

/** Whether a kernel, by its `uname -r`, is 7.0 or later: the struct's last word changed its meaning then, not its size. */
export function hasWordOfBits(kernelRelease: string | undefined): boolean {
  return Number(/^\d+/.exec(kernelRelease ?? '')?.[0] ?? 0) >= 7;
}

const RTT = fieldOf(TCP_INFO, 'rttUs').offset;
const TOTAL_RETRANS = fieldOf(TCP_INFO, 'totalRetrans').offset;
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

/** `tcpi_bytes_sent` of a payload, without decoding the rest. Undefined before 4.19; above 2^53 - 1 the nearest number. */
export function readBytesSent(payload: Uint8Array): number | undefined {
  return readU64AsNumber(payload, BYTES_SENT);
}

/** `tcpi_bytes_received`, likewise. Undefined before 4.1. */
export function readBytesReceived(payload: Uint8Array): number | undefined {
  return readU64AsNumber(payload, BYTES_RECEIVED);
}

/** `tcpi_bytes_retrans`, likewise. Undefined before 4.19. */
export function readBytesRetrans(payload: Uint8Array): number | undefined {
  return readU64AsNumber(payload, BYTES_RETRANS);
}

/** `tcpi_rtt` in microseconds, likewise. Undefined until the first sample. */
export function readRttUs(payload: Uint8Array): number | undefined {
  const us = readU32(payload, RTT);
  return us === 0 ? undefined : us;
}

/** `tcpi_min_rtt` in microseconds, likewise. Undefined until the first sample, and before 4.6. */
export function readMinRttUs(payload: Uint8Array): number | undefined {
  const us = readU32(payload, MIN_RTT);
  return us === 0 || us === NO_MIN_RTT ? undefined : us;
}

/** `tcpi_snd_wnd` in bytes. Undefined before 5.4. */
export function readSndWndBytes(payload: Uint8Array): number | undefined {
  return readU32(payload, SND_WND);
}

/** `tcpi_total_retrans`, likewise; it wraps at 2^32. */
export function readTotalRetrans(payload: Uint8Array): number | undefined {
  return readU32(payload, TOTAL_RETRANS);
}

/** `tcpi_data_segs_out`, likewise; it wraps at 2^32. Undefined before 4.6. */
export function readDataSegsOut(payload: Uint8Array): number | undefined {
  return readU32(payload, DATA_SEGS_OUT);
}

/** `tcpi_unacked`, likewise: packets sent and not acknowledged. */
export function readUnacked(payload: Uint8Array): number | undefined {
  return readU32(payload, UNACKED);
}

/** `tcpi_notsent_bytes`, likewise: written by the application and not sent. Undefined before 4.6. */
export function readNotsentBytes(payload: Uint8Array): number | undefined {
  return readU32(payload, NOTSENT_BYTES);
}

/** `tcpi_busy_time` in microseconds, likewise: with data outstanding. Undefined before 4.10. */
export function readBusyTimeUs(payload: Uint8Array): number | undefined {
  return readU64AsNumber(payload, BUSY_TIME);
}

/** `tcpi_rwnd_limited` in microseconds, likewise: the part of it in which the peer's window was the limit. */
export function readRwndLimitedUs(payload: Uint8Array): number | undefined {
  return readU64AsNumber(payload, RWND_LIMITED);
}

/** `tcpi_sndbuf_limited` in microseconds, likewise: the part of it in which the send buffer was the limit. */
export function readSndbufLimitedUs(payload: Uint8Array): number | undefined {
  return readU64AsNumber(payload, SNDBUF_LIMITED);
}
