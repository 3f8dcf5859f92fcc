/** Bits of flows — include/uapi/linux/netfilter/nf_conntrack_common.h and nf_conntrack_tcp.h. */

/** Status bits of a flow: `enum ip_conntrack_status`, without the prefix IPS. */
export const ConntrackStatus = {
  EXPECTED: 0x1,
  SEEN_REPLY: 0x2,
  ASSURED: 0x4,
  CONFIRMED: 0x8,
  /** The source is translated. */
  SRC_NAT: 0x10,
  /** The destination is translated. */
  DST_NAT: 0x20,
  SEQ_ADJUST: 0x40,
  /** The kernel has looked for a translation of the source, and may have found none. */
  SRC_NAT_DONE: 0x80,
  /** The kernel has looked for a translation of the destination, and may have found none. */
  DST_NAT_DONE: 0x100,
  DYING: 0x200,
  FIXED_TIMEOUT: 0x400,
  TEMPLATE: 0x800,
  NAT_CLASH: 0x1000,
  HELPER: 0x2000,
  /** In a flow table: counters and state lag behind. */
  OFFLOAD: 0x4000,
  HW_OFFLOAD: 0x8000,
} as const;

/** Flags of one direction of a TCP flow: IP_CT_TCP_FLAG_*, and IP_CT_EXP_CHALLENGE_ACK. */
export const TcpConntrackFlag = {
  WINDOW_SCALE: 0x1,
  SACK_PERM: 0x2,
  CLOSE_INIT: 0x4,
  BE_LIBERAL: 0x8,
  DATA_UNACKNOWLEDGED: 0x10,
  MAXACK_SET: 0x20,
  CHALLENGE_ACK: 0x40,
  SIMULTANEOUS_OPEN: 0x80,
} as const;

const STATUS_NAMES = Object.keys(ConntrackStatus).map((name) => name.toLowerCase());
const FLAG_NAMES = Object.keys(TcpConntrackFlag).map((name) => name.toLowerCase());
const STATUS_BITS = 32;
const FLAG_BITS = 8;

/** Returns the names of status bits in lower case, lowest bit first; `bit_<n>` for those without a name. */
export function statusNames(status: number): string[] {
  return namesOf(status, STATUS_NAMES, STATUS_BITS);
}

/** Returns the names of a direction's TCP flags in lower case, lowest bit first. */
export function tcpFlagNames(flags: number): string[] {
  return namesOf(flags, FLAG_NAMES, FLAG_BITS);
}

/** Returns the status bit of a name in any case; undefined for any other text. */
export function statusBit(name: string): number | undefined {
  const index = STATUS_NAMES.indexOf(name.toLowerCase());
  if (index >= 0) return 2 ** index;
  const [, bit] = /^bit_(\d{1,2})$/.exec(name.toLowerCase()) ?? [];
  return bit !== undefined && Number(bit) < STATUS_BITS ? 2 ** Number(bit) : undefined;
}

function namesOf(word: number, names: readonly string[], bits: number): string[] {
  const found: string[] = [];
  for (let bit = 0; bit < bits; bit++) {
    if ((word >>> bit) & 1) found.push(names[bit] ?? `bit_${bit}`);
  }
  return found;
}
