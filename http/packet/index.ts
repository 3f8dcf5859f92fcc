/** Packets: blocks of the kernel's ring, capture files, IP and TCP, streams put in order, flows by their ends. */
export { walkBlock } from './block.js';
export { CaptureError, type CaptureErrorCode } from './capture-error.js';
export {
  assembleCaptureProgram,
  BODY_SNAP_BYTES,
  type CapturedPorts,
  type CaptureMode,
  HEAD_SNAP_BYTES,
  MAX_CAPTURED_PORTS,
} from './capture-program.js';
export { type CaptureEnd, CaptureReader } from './capture-reader.js';
export {
  ARPHRD_LOOPBACK,
  createCursor,
  ETH_P_IP,
  ETH_P_IPV6,
  PACKET_HOST,
  PACKET_OUTGOING,
  type PacketCursor,
} from './cursor.js';
export { FlowEnds, FlowTable } from './flow-table.js';
export { type HoleCause, Reassembler, type ReassemblyLimits, type StreamSink } from './reassembler.js';
export { type PacketReason, TCPHDR_ACK, TCPHDR_FIN, TCPHDR_RST, TCPHDR_SYN, TcpSegment } from './segment.js';
export { FIRST_FLAG, type HeldSegment, Stream } from './stream.js';
