/** Packets: the filter of a packet socket. */
export {
  assembleCaptureProgram,
  BODY_SNAP_BYTES,
  type CapturedPorts,
  type CaptureMode,
  HEAD_SNAP_BYTES,
  MAX_CAPTURED_PORTS,
} from './capture-program.js';
