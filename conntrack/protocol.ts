/** IP protocols that flows have — include/uapi/linux/in.h and in6.h. */

/** IP protocol: ICMP. */
export const IPPROTO_ICMP = 1;
/** IP protocol: TCP. */
export const IPPROTO_TCP = 6;
/** IP protocol: UDP. */
export const IPPROTO_UDP = 17;
/** IP protocol: DCCP. */
export const IPPROTO_DCCP = 33;
/** IP protocol: GRE. */
export const IPPROTO_GRE = 47;
/** IP protocol: ICMPv6. */
export const IPPROTO_ICMPV6 = 58;
/** IP protocol: SCTP. */
export const IPPROTO_SCTP = 132;
/** IP protocol: UDP-Lite. */
export const IPPROTO_UDPLITE = 136;

const NAMES: ReadonlyMap<number, string> = new Map([
  [IPPROTO_ICMP, 'icmp'],
  [IPPROTO_TCP, 'tcp'],
  [IPPROTO_UDP, 'udp'],
  [IPPROTO_DCCP, 'dccp'],
  [IPPROTO_GRE, 'gre'],
  [IPPROTO_ICMPV6, 'icmpv6'],
  [IPPROTO_SCTP, 'sctp'],
  [IPPROTO_UDPLITE, 'udplite'],
]);
const NUMBERS: ReadonlyMap<string, number> = new Map([...NAMES].map(([number, name]) => [name, number]));

/** Returns the name of an IP protocol in lower case; its number as a text if the kernel tracks it without a name. */
export function protocolName(protocol: number): string {
  return NAMES.get(protocol) ?? String(protocol);
}

/** Returns the IP protocol of a name in any case, or of a number from 0 to 255; undefined for anything else. */
export function protocolNumber(text: string): number | undefined {
  const named = NUMBERS.get(text.toLowerCase());
  if (named !== undefined) return named;
  return /^(0|[1-9]\d{0,2})$/.test(text) && Number(text) <= 255 ? Number(text) : undefined;
}

/** Returns whether flows of a protocol have ports, or keys in their place as GRE does. */
export function hasPorts(protocol: number): boolean {
  return PORTED.has(protocol);
}

const PORTED: ReadonlySet<number> = new Set([
  IPPROTO_TCP,
  IPPROTO_UDP,
  IPPROTO_DCCP,
  IPPROTO_GRE,
  IPPROTO_SCTP,
  IPPROTO_UDPLITE,
]);

/** Returns whether flows of a protocol have an identifier, a type and a code instead of ports. */
export function isIcmp(protocol: number): boolean {
  return protocol === IPPROTO_ICMP || protocol === IPPROTO_ICMPV6;
}
