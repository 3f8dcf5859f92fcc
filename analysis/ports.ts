import type { ConnectionIdentity } from './connection-row.js';

/** Port from which on Linux picks them for connections that ask for none (net.ipv4.ip_local_port_range). */
export const FIRST_EPHEMERAL_PORT = 32_768;

/** Finds the end that listens, by the ports: the other end's was picked for it. Null where both or none may have been. */
export function listeningEnd({
  localPort,
  remotePort,
}: Pick<ConnectionIdentity, 'localPort' | 'remotePort'>): 'local' | 'remote' | null {
  const isLocalPicked = localPort >= FIRST_EPHEMERAL_PORT;
  if (isLocalPicked === remotePort >= FIRST_EPHEMERAL_PORT) return null;
  return isLocalPicked ? 'remote' : 'local';
}
