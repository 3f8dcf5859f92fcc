import { fieldOf, readStruct, readU64AsNumber } from './struct-table.js';
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
