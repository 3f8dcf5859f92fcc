import type { RelayEndpoint } from '../native/index.js';
import { formatAddress } from '../netlink/index.js';
import { formatHost } from '../services/config/index.js';

/** Formats one end of a connection, `10.0.0.9:41001` or `[2001:db8::1]:80`; IPv4-mapped ends as IPv4. */
export function endpointText({ bytes, family, port }: Pick<RelayEndpoint, 'bytes' | 'family' | 'port'>): string {
  return `${formatHost(formatAddress(bytes, family))}:${port}`;
}
