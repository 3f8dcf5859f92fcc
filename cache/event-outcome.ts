/**
 * Meaning of a destroy event for the cache: the end of a connection that a scan had seen, or of one that none had; too late,
 * since the connection had been closed; of a socket that is left out; of one that never had a peer; or the end of a
 * connection that no scan had seen and that cannot be recorded, since its socket had forgotten the peer's port: one that
 * its own end reset, or that failed to open.
 */
export type EventOutcome =
  | 'closed'
  | 'unseen'
  | 'late'
  | 'excluded'
  | 'unconnected'
  | 'unrecorded_reset'
  | 'unrecorded_failed';
