import type { ConnectionIdentity } from '../../analysis/index.js';

/** Formats an address and a port as in URLs. */
export function endpoint(address: string | null, port: number | null): string {
  if (address === null) return 'unknown';
  return `${address.includes(':') ? `[${address}]` : address}:${port ?? '?'}`;
}

/** Formats both ends of a connection, with an arrow from the local to the remote one. */
export function endpoints({ localAddress, localPort, remoteAddress, remotePort }: EndpointPair, arrow = '→'): string {
  return `${endpoint(localAddress, localPort)} ${arrow} ${endpoint(remoteAddress, remotePort)}`;
}

/** Both ends of a connection; null if unknown. */
type EndpointPair = {
  readonly [K in 'localAddress' | 'localPort' | 'remoteAddress' | 'remotePort']: ConnectionIdentity[K] | null;
};
