import type { ConnectionIdentity } from './connection-row.js';

/** First port that Linux assigns to connections without an explicit port (net.ipv4.ip_local_port_range). */
export const FIRST_EPHEMERAL_PORT = 32_768;

/** Finds the listening end by the ports: the other end has an ephemeral port. Null if both or neither are ephemeral. */
export function listeningEnd({
  localPort,
  remotePort,
}: Pick<ConnectionIdentity, 'localPort' | 'remotePort'>): 'local' | 'remote' | null {
  const isLocalPicked = localPort >= FIRST_EPHEMERAL_PORT;
  if (isLocalPicked === remotePort >= FIRST_EPHEMERAL_PORT) return null;
  return isLocalPicked ? 'remote' : 'local';
}
