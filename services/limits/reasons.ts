/**
 * Reasons why a connection was not admitted. `blacklist`: its address is in the list of refused ones, or was refused
 * while the program runs. `allowlist`: it is not in the list of allowed ones. `ip_limit`, `ip_conn_limit`,
 * `conn_limit`: one more than the limit. `stopping`: the service takes no new connections.
 */
export const REJECT_REASONS = [
  'blacklist',
  'allowlist',
  'ip_limit',
  'ip_conn_limit',
  'conn_limit',
  'stopping',
] as const;
/** One of {@link REJECT_REASONS}. */
export type RejectReason = (typeof REJECT_REASONS)[number];

/** Reasons for which time ends an admitted connection. */
export const TIME_REASONS = ['idle', 'lifetime', 'read_timeout', 'write_timeout'] as const;
/** One of {@link TIME_REASONS}. */
export type TimeReason = (typeof TIME_REASONS)[number];

/**
 * Reasons why an admitted connection ended. `client`, `server`: that side closed first. `reset`: either side reset it.
 * Then rules: {@link TIME_REASONS}, `blacklist` (refused while open) and `evicted` (ended in favour of a new one). Then
 * the operator: `closed` by a command, `drain` by a stop. Then the backend of a forwarded service. `unknown`: in
 * order, and not seen which side closed first. `error`: anything else.
 */
export const CLOSE_REASONS = [
  'client',
  'server',
  'reset',
  ...TIME_REASONS,
  'blacklist',
  'evicted',
  'closed',
  'drain',
  'backend_refused',
  'backend_timeout',
  'backend_error',
  'unknown',
  'error',
] as const;
/** One of {@link CLOSE_REASONS}. */
export type CloseReason = (typeof CLOSE_REASONS)[number];
