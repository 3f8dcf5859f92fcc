/** `include/uapi/linux/tcp.h`: connection states and `struct tcp_info`; and the tables by which structs are decoded. */
export { DecodeError, type DecodeErrorDetails, requireBytes } from './decode-error.js';
export { TcpState, tcpStateMask, tcpStateName } from './state.js';
export {
  type DecodedStruct,
  defineStruct,
  type Field,
  type FieldKind,
  type FieldSpecs,
  type FieldUnit,
  fieldOf,
  readExact,
  readField,
  readFixedStruct,
  readStruct,
  readU32,
  readU64AsNumber,
  type Struct,
} from './struct-table.js';
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
  readSndbufLimitedUs,
  readSndWndBytes,
  readTotalRetrans,
  readUnacked,
} from './tcp-info-decode.js';
export { TCP_INFO, TCP_INFO_7_0, TCP_INFO_SIZE_TO_KERNEL } from './tcp-info-table.js';
export * from './tcp-info-values.js';
