/** `include/uapi/linux/tcp.h`: connection states and `struct tcp_info`. */
export { TCP_STATE_NAMES, TcpState, tcpStateMask, tcpStateName } from './state.js';
export type { TcpInfo } from './tcp-info.js';
export {
  type DecodeTcpInfoOptions,
  decodeTcpInfo,
  hasWordOfBits,
  readBusyTimeUs,
  readBytesReceived,
  readBytesRetrans,
  readBytesSent,
  readDataSegsOut,
  readMinRttUs,
  readNotsentBytes,
  readRttUs,
  readRwndLimitedUs,
  readSegsOut,
  readSndbufLimitedUs,
  readSndWndBytes,
  readTotalRetrans,
  readUnacked,
} from './tcp-info-decode.js';
export { TCP_INFO, TCP_INFO_7_0, TCP_INFO_SIZE_TO_KERNEL } from './tcp-info-table.js';
export * from './tcp-info-values.js';
