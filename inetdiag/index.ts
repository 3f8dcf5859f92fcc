/** `include/uapi/linux/inet_diag.h` and `sock_diag.h`: requests, socket ids, and the layout of every attribute. */
export { type BbrInfo, type BbrInfoFields, decodeBbrInfo, TCP_BBR_INFO } from './bbrinfo.js';
export { decodeCong } from './cong.js';
export * from './constants.js';
export { type DctcpInfo, decodeDctcpInfo, TCP_DCTCP_INFO } from './dctcpinfo.js';
export {
  DESTROY_EVENT_TRUESIZE,
  DYING_SOCKET,
  MINI_SOCKET,
  PORTLESS_SOCKET,
  TCP_DESTROY_GROUPS,
} from './destroy-events.js';
export {
  buildDestroyRequest,
  DESTROY_REQUEST_SIZE,
  DESTROY_RESULTS,
  DestroyRequestError,
  type DestroyRequestErrorCode,
  type DestroyResult,
  destroyResult,
  type SocketIdentity,
} from './destroy-request.js';
export {
  buildExactSockRequest,
  buildExactSockRequestOf,
  buildSocketRequest,
  type ExactSockEnds,
  type ExactSockRequest,
} from './exact-request.js';
export * from './filter/index.js';
export {
  decodeInetDiagMsg,
  decodeSockId,
  IdiagTimer,
  INET_DIAG_MSG,
  INET_DIAG_MSG_COOKIE_OFFSET,
  INET_DIAG_MSG_ID_OFFSET,
  INET_DIAG_MSG_SIZE,
  INET_DIAG_MSG_STATE_OFFSET,
  INET_DIAG_SOCKID,
  type InetDiagMsg,
  type InetDiagSockId,
  readCookie,
  readDport,
  readFamily,
  readInode,
  readSport,
  readState,
} from './inet-diag-msg.js';
export { type ByteRange, type ChangeShape, TCP_CHANGE_SHAPE } from './mask.js';
export { decodeMemInfo, INET_DIAG_MEMINFO_STRUCT, type MemInfo } from './meminfo.js';
export { decodeMptcpInfo, MPTCP_INFO, type MptcpInfo, MptcpInfoFlag } from './mptcp-info.js';
export {
  ALL_EXTENSIONS,
  ALL_STATES,
  buildGetSockRequest,
  buildSockDiagRequest,
  CONNECTION_STATES,
  extensionBit,
  type GetSockRequest,
  INET_DIAG_REQ_SIZE,
  INET_DIAG_REQ_V2_SIZE,
  INFO_EXTENSION,
  REFERENCE_STATES,
  type SockDiagRequest,
} from './request.js';
export { RCV_SHUTDOWN, SCALAR_ATTRIBUTES, type ScalarAttributes, SEND_SHUTDOWN } from './scalars.js';
export { decodeSkMemInfo, SK_MEMINFO, type SkMemInfo } from './skmeminfo.js';
export {
  type BindingOptions,
  decodeSockOpt,
  INET_DIAG_SOCKOPT_STRUCT,
  readBindingOptions,
  type SockOpt,
} from './sockopt.js';
export {
  type DecodedNest,
  decodeUlpInfo,
  INET_ULP_INFO_MPTCP,
  INET_ULP_INFO_NAME,
  INET_ULP_INFO_TLS,
  MPTCP_SUBFLOW,
  type MptcpFields,
  MptcpSubflowFlag,
  type MptcpUlpInfo,
  TLS_INFO,
  type TlsFields,
  type TlsUlpInfo,
  type UlpInfo,
} from './ulp-info.js';
export { decodeVegasInfo, TCPVEGAS_INFO, type VegasInfo } from './vegasinfo.js';
