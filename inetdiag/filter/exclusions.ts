import { type Prefix, parsePrefix } from './prefix.js';
import type { FilterRule } from './rule.js';

/**
 * Addresses that never leave the link: loopback, link-local unicast, multicast and unspecified, as `isLocal` has them.
 * That is a matter of the address alone, and not of what addresses this machine has just now.
 */
export const LOCAL_PREFIXES: readonly Prefix[] = [
  '127.0.0.0/8',
  '169.254.0.0/16',
  '224.0.0.0/4',
  '0.0.0.0',
  '::1',
  'fe80::/10',
  'ff00::/8',
  '::',
].map(prefixOf);

/** The rules that m-lab/tcp-info has: local ports, local addresses at either end, remote addresses. */
export function exclusionRules(srcPorts: readonly number[], dstAddresses: readonly string[]): FilterRule[] {
  return [
    ...(srcPorts.length === 0 ? [] : [exclude({ sport: srcPorts.map((port) => ({ first: port, last: port })) })]),
    exclude({ src: LOCAL_PREFIXES }),
    exclude({ dst: [...LOCAL_PREFIXES, ...dstAddresses.map(prefixOf)] }),
  ];
}

function exclude(terms: Omit<FilterRule, 'action'>): FilterRule {
  return { action: 'exclude', ...terms };
}

function prefixOf(text: string): Prefix {
  const prefix = parsePrefix(text);
  if (prefix === undefined) throw new RangeError(`not an address: ${text}`);
  return prefix;
}
