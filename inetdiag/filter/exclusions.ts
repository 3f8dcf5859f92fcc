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

/** Either end is local: such connections are never recorded. */
export const LOCAL_RULES: readonly FilterRule[] = [exclude({ src: LOCAL_PREFIXES }), exclude({ dst: LOCAL_PREFIXES })];

/**
 * Of {@link LOCAL_RULES}, what is worth a test of every socket in every scan, some 13 ns for each prefix. No TCP connection
 * has a multicast or unspecified address at its other end, and one whose own address is local has a local one at the other
 * end too, but for oddities: these few may be copied.
 */
export const LOCAL_RULES_IN_SCANS: readonly FilterRule[] = [
  exclude({ dst: ['127.0.0.0/8', '169.254.0.0/16', '::1', 'fe80::/10'].map(prefixOf) }),
];

/** Leaves out connections with these local ports. */
export function srcPortRules(ports: readonly number[]): FilterRule[] {
  return ports.length === 0 ? [] : [exclude({ sport: ports.map((port) => ({ first: port, last: port })) })];
}

/**
 * Leaves out connections with these remote addresses, given as text.
 * @throws RangeError when one is no address
 */
export function dstAddressRules(addresses: readonly string[]): FilterRule[] {
  return addresses.length === 0 ? [] : [exclude({ dst: addresses.map(prefixOf) })];
}

function exclude(terms: Omit<FilterRule, 'action'>): FilterRule {
  return { action: 'exclude', ...terms };
}

function prefixOf(text: string): Prefix {
  const prefix = parsePrefix(text);
  if (prefix === undefined) throw new RangeError(`not an address: ${text}`);
  return prefix;
}
