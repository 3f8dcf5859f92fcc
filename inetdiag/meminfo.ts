/** struct inet_diag_meminfo — include/uapi/linux/inet_diag.h, 16 bytes. */
import { type DecodedStruct, defineStruct, readStruct, type Struct } from '../netlink/index.js';

/** Memory of a socket, in bytes. SKMEMINFO also has these numbers. */
export interface MemInfo extends DecodedStruct {
  /** Memory of the receive queue (`sk_rmem_alloc`). */
  readonly rmemBytes?: number;
  /** Memory of the send queue (`sk_wmem_queued`). */
  readonly wmemBytes?: number;
  /** Memory reserved and not used yet (`sk_forward_alloc`). */
  readonly fmemBytes?: number;
  /** Memory of packets handed down for sending (`sk_wmem_alloc`). */
  readonly tmemBytes?: number;
}

/** Table of `struct inet_diag_meminfo`. */
export const INET_DIAG_MEMINFO_STRUCT: Struct<MemInfo> = defineStruct<MemInfo>('struct inet_diag_meminfo', 16, {
  rmemBytes: { cName: 'idiag_rmem', offset: 0, size: 4, kind: 'u32', unit: 'bytes', since: '2.6' },
  wmemBytes: { cName: 'idiag_wmem', offset: 4, size: 4, kind: 'u32', unit: 'bytes', since: '2.6' },
  fmemBytes: { cName: 'idiag_fmem', offset: 8, size: 4, kind: 'u32', unit: 'bytes', since: '2.6' },
  tmemBytes: { cName: 'idiag_tmem', offset: 12, size: 4, kind: 'u32', unit: 'bytes', since: '2.6' },
});

/** Decodes one INET_DIAG_MEMINFO payload of any length. Does not throw. */
export function decodeMemInfo(payload: Uint8Array): MemInfo {
  return readStruct(payload, INET_DIAG_MEMINFO_STRUCT);
}
