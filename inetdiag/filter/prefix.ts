import { AF_INET, AF_INET6, formatAddress, parseAddress } from '../../netlink/index.js';

/** Bits before the IPv4 address in an IPv4-mapped address: ten bytes 0x00 and two bytes 0xff. */
const MAPPED_BITS = 96;

/**
 * Prefix of addresses. An IPv4 prefix is IPv4-mapped, `::ffff:a.b.c.d/96+n`. An IPv6 prefix never contains IPv4-mapped
 * addresses, even if it is short: those are IPv4 addresses.
 */
export interface Prefix {
  /** Address of 16 bytes; all bits after the prefix are 0. */
  readonly bytes: Uint8Array;
  /** Length in bits, 0 to 128. */
  readonly length: number;
}

/** Prefix of all IPv4 addresses, IPv4-mapped or not. */
export const IPV4_PREFIX: Prefix = { bytes: mapped(Uint8Array.of(0, 0, 0, 0)), length: MAPPED_BITS };

/** Returns the 16 bytes to compare addresses by: an AF_INET address becomes IPv4-mapped. */
export function comparableAddress(bytes: Uint8Array, family: number): Uint8Array {
  return family === AF_INET ? mapped(bytes) : bytes;
}

/** Returns whether a prefix contains IPv4 addresses. */
export function isIpv4Prefix({ bytes, length }: Prefix): boolean {
  return length >= MAPPED_BITS && beginsWith(bytes, IPV4_PREFIX);
}

/** Returns whether an IPv6 prefix has bits in common with IPv4-mapped addresses, which it does not contain. */
export function overlapsIpv4(prefix: Prefix): boolean {
  return prefix.length < MAPPED_BITS && beginsWith(IPV4_PREFIX.bytes, prefix);
}

/** Returns whether an address, as {@link comparableAddress} returns it, begins with the prefix's bits. */
export function beginsWith(address: Uint8Array, { bytes, length }: Prefix): boolean {
  const whole = length >> 3;
  for (let i = 0; i < whole; i++) if (address[i] !== bytes[i]) return false;
  const rest = length & 7;
  return rest === 0 || ((address[whole] ?? 0) ^ (bytes[whole] ?? 0)) >> (8 - rest) === 0;
}

/**
 * Parses `10.0.0.0/8`, `2001:db8::/32`, or an address alone. An IPv4-mapped prefix of 96 bits or more becomes an IPv4
 * prefix. Undefined for anything else, and for host bits after the prefix, which are a mistake.
 */
export function parsePrefix(text: string): Prefix | undefined {
  const [, host = '', bits] = /^([^/]+)(?:\/(0|[1-9]\d{0,2}))?$/.exec(text) ?? [];
  const address = parseAddress(host);
  if (address === undefined) return undefined;
  const size = address.family === AF_INET ? 32 : 128;
  const given = bits === undefined ? size : Number(bits);
  if (given > size) return undefined;
  const bytes = comparableAddress(address.bytes, address.family);
  const length = 128 - size + given;
  return sameBytes(bytes, cut(bytes, length)) ? { bytes, length } : undefined;
}

/** Formats a prefix as {@link parsePrefix} reads it; a single address has no length. */
export function formatPrefix(prefix: Prefix): string {
  const { bytes, length } = prefix;
  const address = formatAddress(bytes, AF_INET6);
  if (length === 128) return address;
  return isIpv4Prefix(prefix) ? `${address}/${length - MAPPED_BITS}` : `${address}/${length}`;
}

/** Returns an address whose bits after the first `length` are cleared. */
export function cut(address: Uint8Array, length: number): Uint8Array {
  const bytes = new Uint8Array(16);
  const whole = length >> 3;
  bytes.set(address.subarray(0, whole));
  if (whole < 16) bytes[whole] = (address[whole] ?? 0) & (0xff00 >> (length & 7));
  return bytes;
}

function mapped(ipv4: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(16);
  bytes.fill(0xff, 10, 12);
  bytes.set(ipv4.subarray(0, 4), 12);
  return bytes;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.every((byte, i) => byte === b[i]);
}
