/**
 * Outcome of a destroy event: `closed`, the end of a connection that a scan had seen; `unseen`, of one that no scan had
 * seen; `late`, the connection was already closed; `excluded`, the socket is excluded; `unconnected`, it never had a
 * peer; `unrecorded_reset` and `unrecorded_failed`, no scan had seen the connection, and it cannot be recorded because
 * the remote port is lost: its own side reset it, or it failed to open.
 */
export type EventOutcome =
  | 'closed'
  | 'unseen'
  | 'late'
  | 'excluded'
  | 'unconnected'
  | 'unrecorded_reset'
  | 'unrecorded_failed';
