/** u32 array by enum SK_MEMINFO_* — include/uapi/linux/sock_diag.h, 36 bytes (32 before 4.7). */
import { type DecodedStruct, defineStruct, readStruct, type Struct } from '../netlink/index.js';

/** Memory and limits of a socket. */
export interface SkMemInfo extends DecodedStruct {
  /** Memory of the receive queue. */
  readonly rmemAllocBytes?: number;
  /** Limit of the receive queue, SO_RCVBUF. */
  readonly rcvbufBytes?: number;
  /** Memory of packets handed down for sending. */
  readonly wmemAllocBytes?: number;
  /** Limit of the send queue, SO_SNDBUF. */
  readonly sndbufBytes?: number;
  /** Memory reserved and not used yet. */
  readonly fwdAllocBytes?: number;
  /** Memory of the send queue. */
  readonly wmemQueuedBytes?: number;
  /** Memory of socket options and filters. */
  readonly optmemBytes?: number;
  /** Memory of packets that wait for the socket's lock. */
  readonly backlogBytes?: number;
  /** Packets dropped so far. Wraps at 2^32. */
  readonly drops?: number;
}

/** Table of INET_DIAG_SKMEMINFO. */
export const SK_MEMINFO: Struct<SkMemInfo> = defineStruct<SkMemInfo>('SKMEMINFO', 36, {
  rmemAllocBytes: { cName: 'SK_MEMINFO_RMEM_ALLOC', offset: 0, size: 4, kind: 'u32', unit: 'bytes', since: '3.6' },
  rcvbufBytes: { cName: 'SK_MEMINFO_RCVBUF', offset: 4, size: 4, kind: 'u32', unit: 'bytes', since: '3.6' },
  wmemAllocBytes: { cName: 'SK_MEMINFO_WMEM_ALLOC', offset: 8, size: 4, kind: 'u32', unit: 'bytes', since: '3.6' },
  sndbufBytes: { cName: 'SK_MEMINFO_SNDBUF', offset: 12, size: 4, kind: 'u32', unit: 'bytes', since: '3.6' },
  fwdAllocBytes: { cName: 'SK_MEMINFO_FWD_ALLOC', offset: 16, size: 4, kind: 'u32', unit: 'bytes', since: '3.6' },
  wmemQueuedBytes: { cName: 'SK_MEMINFO_WMEM_QUEUED', offset: 20, size: 4, kind: 'u32', unit: 'bytes', since: '3.6' },
  optmemBytes: { cName: 'SK_MEMINFO_OPTMEM', offset: 24, size: 4, kind: 'u32', unit: 'bytes', since: '3.6' },
  backlogBytes: { cName: 'SK_MEMINFO_BACKLOG', offset: 28, size: 4, kind: 'u32', unit: 'bytes', since: '3.6' },
  drops: { cName: 'SK_MEMINFO_DROPS', offset: 32, size: 4, kind: 'u32', unit: 'packets', since: '4.7' },
});

/** Decodes one INET_DIAG_SKMEMINFO payload of any length. Does not throw. */
export function decodeSkMemInfo(payload: Uint8Array): SkMemInfo {
  return readStruct(payload, SK_MEMINFO);
}
