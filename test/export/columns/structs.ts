import {
  INET_DIAG_BBRINFO,
  INET_DIAG_DCTCPINFO,
  INET_DIAG_MEMINFO,
  INET_DIAG_MEMINFO_STRUCT,
  INET_DIAG_SKMEMINFO,
  INET_DIAG_SOCKOPT,
  INET_DIAG_SOCKOPT_STRUCT,
  INET_DIAG_VEGASINFO,
  SK_MEMINFO,
  TCP_BBR_INFO,
  TCP_DCTCP_INFO,
  TCPVEGAS_INFO,
} from '../../../inetdiag/index.js';
import type { Field } from '../../../netlink/index.js';
import type { Snapshot } from '../../../parse/snapshot/index.js';

/** Structs beside tcp_info: their place in a snapshot, and the prefix of their columns. */
export const STRUCTS: readonly {
  readonly key: keyof Snapshot;
  readonly part: number;
  readonly struct: { readonly fields: readonly Field[] };
  readonly rename: (cName: string) => string;
}[] = [
  { key: 'memInfo', part: INET_DIAG_MEMINFO, struct: INET_DIAG_MEMINFO_STRUCT, rename: (c) => c },
  {
    key: 'skMemInfo',
    part: INET_DIAG_SKMEMINFO,
    struct: SK_MEMINFO,
    rename: (c) => c.replace('SK_MEMINFO_', 'skmem_').toLowerCase(),
  },
  { key: 'vegasInfo', part: INET_DIAG_VEGASINFO, struct: TCPVEGAS_INFO, rename: (c) => c },
  { key: 'dctcpInfo', part: INET_DIAG_DCTCPINFO, struct: TCP_DCTCP_INFO, rename: (c) => c },
  { key: 'bbrInfo', part: INET_DIAG_BBRINFO, struct: TCP_BBR_INFO, rename: (c) => c.replace('bbr_bw_lo', 'bbr_bw') },
  { key: 'sockopt', part: INET_DIAG_SOCKOPT, struct: INET_DIAG_SOCKOPT_STRUCT, rename: (c) => `sockopt_${c}` },
];
