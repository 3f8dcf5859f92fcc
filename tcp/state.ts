/** Connection states with the kernel's numbers — the enum at the top of include/net/tcp_states.h. */
export const TcpState = {
  ESTABLISHED: 1,
  SYN_SENT: 2,
  SYN_RECV: 3,
  FIN_WAIT1: 4,
  FIN_WAIT2: 5,
  TIME_WAIT: 6,
  CLOSE: 7,
  CLOSE_WAIT: 8,
  LAST_ACK: 9,
  LISTEN: 10,
  CLOSING: 11,
  /** A handshake without a full socket yet; inet_diag reports it as SYN_RECV. */
  NEW_SYN_RECV: 12,
  /** Bound, neither connected nor listening; since 6.8, reported as CLOSE. */
  BOUND_INACTIVE: 13,
} as const;
/** Number of a connection state, as in `tcpi_state` and `idiag_state`. */
export type TcpState = (typeof TcpState)[keyof typeof TcpState];

const NAMES: ReadonlyMap<number, string> = new Map(Object.entries(TcpState).map(([name, state]) => [state, name]));

/** Names that {@link tcpStateName} returns for known states. */
export const TCP_STATE_NAMES: readonly string[] = [...NAMES.values()];

/** Returns the kernel's name of a state without `TCP_`, or `UNKNOWN(n)` for an unknown number. */
export function tcpStateName(state: number): string {
  return NAMES.get(state) ?? `UNKNOWN(${state})`;
}

/** Returns a set of states as bits, `1 << state`, the form of `idiag_states`. */
export function tcpStateMask(states: readonly TcpState[]): number {
  return states.reduce((mask, state) => mask | (1 << state), 0);
}
