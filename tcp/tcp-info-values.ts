/** State of congestion control — enum tcp_ca_state in include/uapi/linux/tcp.h; `tcpi_ca_state`. */
export const TcpCaState = {
  /** No sign of loss or congestion. */
  Open: 0,
  /** Duplicate ACKs or SACKs arrived: reordering, or a loss not yet confirmed. */
  Disorder: 1,
  /** The window shrinks because of ECN marks or of local congestion. */
  CWR: 2,
  /** Fast recovery. */
  Recovery: 3,
  /** Recovery after a retransmission timeout. */
  Loss: 4,
} as const;
/** A value of `tcpi_ca_state`. */
export type TcpCaState = (typeof TcpCaState)[keyof typeof TcpCaState];

/** `tcpi_options`: timestamps are in use. */
export const TCPI_OPT_TIMESTAMPS = 1;
/** `tcpi_options`: selective acknowledgements are in use. */
export const TCPI_OPT_SACK = 2;
/** `tcpi_options`: window scaling is in use; without it the two wscale fields have no meaning. */
export const TCPI_OPT_WSCALE = 4;
/** `tcpi_options`: ECN was negotiated. */
export const TCPI_OPT_ECN = 8;
/** `tcpi_options`: a packet with an ECT codepoint arrived. */
export const TCPI_OPT_ECN_SEEN = 16;
/** `tcpi_options`: data sent in the SYN was acknowledged (TCP Fast Open). */
export const TCPI_OPT_SYN_DATA = 32;
/** `tcpi_options`: timestamps tick in microseconds; since 6.7. */
export const TCPI_OPT_USEC_TS = 64;
/** `tcpi_options`: accepted from a SYN with data (TCP Fast Open); since 6.16. */
export const TCPI_OPT_TFO_CHILD = 128;

/** Reasons why TCP Fast Open did not carry data — enum tcp_fastopen_client_fail; `tcpi_fastopen_client_fail`. */
export const TcpFastopenClientFail = {
  /** Not tried, or successful. */
  Unspec: 0,
  CookieUnavailable: 1,
  DataNotAcked: 2,
  SynRetransmitted: 3,
} as const;

/** Bits of `tcpi_accecn_fail_mode`. */
export const TcpAccEcnFailMode = { AceFailSend: 1, AceFailRecv: 2, OptFailSend: 4, OptFailRecv: 8 } as const;

/** Values of `tcpi_accecn_opt_seen`. */
export const TcpAccEcnOptSeen = { NotSeen: 0, Empty: 1, Counter: 2, Fail: 3 } as const;

/** Values of `tcpi_ecn_mode`, since 7.0. */
export const TcpEcnMode = { Disabled: 0, Rfc3168: 1, AccEcn: 2, Pending: 3 } as const;
