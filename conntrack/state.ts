/** States of flows — include/uapi/linux/netfilter/nf_conntrack_tcp.h, nf_conntrack_sctp.h and nf_conntrack_dccp.h. */

/** State of a TCP flow: `enum tcp_conntrack`, without its prefix TCP_CONNTRACK. SYN_SENT2 is the obsolete LISTEN. */
export const TcpConntrack = {
  NONE: 0,
  SYN_SENT: 1,
  SYN_RECV: 2,
  ESTABLISHED: 3,
  FIN_WAIT: 4,
  CLOSE_WAIT: 5,
  LAST_ACK: 6,
  TIME_WAIT: 7,
  CLOSE: 8,
  SYN_SENT2: 9,
} as const;

/** State of an SCTP flow: `enum sctp_conntrack`, without its prefix SCTP_CONNTRACK. */
export const SctpConntrack = {
  NONE: 0,
  CLOSED: 1,
  COOKIE_WAIT: 2,
  COOKIE_ECHOED: 3,
  ESTABLISHED: 4,
  SHUTDOWN_SENT: 5,
  SHUTDOWN_RECD: 6,
  SHUTDOWN_ACK_SENT: 7,
  HEARTBEAT_SENT: 8,
  HEARTBEAT_ACKED: 9,
} as const;

/** State of a DCCP flow: `enum ct_dccp_states`, without its prefix CT_DCCP. Kernels until 6.15 track DCCP. */
export const DccpConntrack = {
  NONE: 0,
  REQUEST: 1,
  RESPOND: 2,
  PARTOPEN: 3,
  OPEN: 4,
  CLOSEREQ: 5,
  CLOSING: 6,
  TIMEWAIT: 7,
  IGNORE: 8,
  INVALID: 9,
} as const;

const TCP_NAMES = Object.keys(TcpConntrack);
const SCTP_NAMES = Object.keys(SctpConntrack);
const DCCP_NAMES = Object.keys(DccpConntrack);

/** Returns the name of a TCP flow's state, or `state_<n>`. */
export function tcpConntrackName(state: number): string {
  return TCP_NAMES[state] ?? `state_${state}`;
}

/** Returns the name of an SCTP flow's state, or `state_<n>`. */
export function sctpConntrackName(state: number): string {
  return SCTP_NAMES[state] ?? `state_${state}`;
}

/** Returns the name of a DCCP flow's state, or `state_<n>`. */
export function dccpConntrackName(state: number): string {
  return DCCP_NAMES[state] ?? `state_${state}`;
}
