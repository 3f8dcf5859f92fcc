/** Plain HTTP on the wire: captured from the running kernel and joined with its sockets, and read from capture files. */
export { ConntrackError } from '../../conntrack/socket/index.js';
export { NamespaceError } from '../../host/namespaces/index.js';
export { SockDiagError } from '../../inetdiag/kernel/index.js';
export { AddonError } from '../../native/index.js';
export type {
  HttpConnection,
  HttpCounts,
  HttpExchange,
  HttpFlow,
  HttpSide,
  HttpTraffic,
  MessageBytes,
  Missing,
  NotHttp,
  PortRange,
} from '../index.js';
export {
  type CapturedPorts,
  type CaptureEnd,
  CaptureError,
  type CaptureErrorCode,
  type CaptureMode,
} from '../packet/index.js';
export { PacketCaptureError, type PacketCaptureErrorCode } from './errors.js';
export { type FollowHttpOptions, followHttp, type HttpFollower } from './follow.js';
export { HttpCapture, type HttpCaptureOptions } from './http-capture.js';
export { interfaceMatcher, isPattern } from './interface-filter.js';
export type { HttpJoinOptions } from './join-session.js';
export {
  type CaptureAddon,
  type OneNamespace,
  type PacketCounts,
  type PacketReceiver,
  PacketTap,
  type PacketTapOptions,
} from './packet-tap.js';
export { type HttpReading, type ReadHttpOptions, readHttp } from './read.js';
export type { JoinCounts } from './socket-join.js';
