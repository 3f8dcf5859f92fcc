import { type Prefix, parsePrefix } from './prefix.js';
import type { FilterRule } from './rule.js';

/**
 * Addresses that never leave the link: loopback, link-local unicast, multicast and unspecified, as in `isLocal`. They
 * do not depend on the addresses of this machine.
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

/** Rules that exclude connections with a local address at either end: they are never recorded. */
export const LOCAL_RULES: readonly FilterRule[] = [exclude({ src: LOCAL_PREFIXES }), exclude({ dst: LOCAL_PREFIXES })];

/** Rule that includes connections over loopback, and no others. */
export const LOOPBACK_RULES: readonly FilterRule[] = [{ action: 'include', dst: ['127.0.0.0/8', '::1'].map(prefixOf) }];

/**
 * Part of {@link LOCAL_RULES} that is worth a test of every socket in every scan, about 13 ns per prefix. No TCP
 * connection has a multicast or unspecified remote address, and if the local address of a connection is local, its
 * remote address nearly always is too. The few exceptions may be copied.
 */
export const LOCAL_RULES_IN_SCANS: readonly FilterRule[] = [
  exclude({ dst: ['127.0.0.0/8', '169.254.0.0/16', '::1', 'fe80::/10'].map(prefixOf) }),
];

/** Returns rules that exclude connections with these local ports. */
export function srcPortRules(ports: readonly number[]): FilterRule[] {
  return ports.length === 0 ? [] : [exclude({ sport: ports.map((port) => ({ first: port, last: port })) })];
}

/**
 * Returns rules that exclude connections with these remote addresses, given as text.
 * @throws RangeError for an invalid address
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
