import { networkInterfaces } from 'node:os';
import { formatAddress, parseAddress } from '../../../netlink/index.js';

/**
 * Returns a check whether an address belongs to this process's network namespace; undefined for another namespace, whose
 * addresses this process does not see.
 */
export function localAddresses({ netns }: { readonly netns?: unknown }): ((address: string) => boolean) | undefined {
  if (netns !== undefined) return undefined;
  const own = new Set<string>();
  for (const addresses of Object.values(networkInterfaces())) {
    for (const { address } of addresses ?? []) {
      const parsed = parseAddress(address.replace(/%.*$/, ''));
      if (parsed !== undefined) own.add(formatAddress(parsed.bytes, parsed.family));
    }
  }
  return (address) => own.has(address);
}
